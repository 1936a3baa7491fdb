/** A soft note. The browser keeps silent until the reader has touched the page. */
export function chime() {
  const audio = new AudioContext();
  const volume = audio.createGain();
  const tone = audio.createOscillator();
  tone.connect(volume).connect(audio.destination);
  tone.frequency.value = 880;
  volume.gain.setValueAtTime(0.08, 0);
  volume.gain.exponentialRampToValueAtTime(0.001, 0.5);
  tone.onended = () => audio.close();
  tone.start();
  tone.stop(0.5);
}
