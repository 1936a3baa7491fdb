"""The server-rendered shop around the chat: everything answers without JavaScript."""
