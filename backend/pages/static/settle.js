/**
 * Makes `shown` what `fresh` is and touches nothing that is the same already, so that focus, pictures and what is being
 * typed stay. Children are recognised by their id, else by their place.
 *
 * @param {Node} shown
 * @param {Node} fresh
 */
export function settle(shown, fresh) {
  if (shown.isEqualNode(fresh)) return;
  if (shown.nodeType !== Node.ELEMENT_NODE || shown.nodeName !== fresh.nodeName || shown.id !== fresh.id) {
    shown.replaceWith(fresh);
    return;
  }
  for (const { name } of [...shown.attributes]) if (!fresh.hasAttribute(name)) shown.removeAttribute(name);
  for (const { name, value } of fresh.attributes) shown.setAttribute(name, value);
  settleChildren(shown, [...fresh.childNodes]);
}

function settleChildren(shown, fresh) {
  const wanted = new Set(fresh.map(({ id }) => id));
  for (const child of [...shown.children]) if (child.id && !wanted.has(child.id)) child.remove();
  let place = shown.firstChild;
  for (const child of fresh) {
    const known = child.id ? [...shown.children].find(({ id }) => id === child.id) : place?.id ? null : place;
    const isHere = known && known === place;
    if (isHere) place = place.nextSibling;
    if (known && (isHere || child.id)) {
      if (!isHere) shown.insertBefore(known, place);
      settle(known, child);
    } else {
      shown.insertBefore(child, place);
    }
  }
  while (place) {
    const next = place.nextSibling;
    place.remove();
    place = next;
  }
}
