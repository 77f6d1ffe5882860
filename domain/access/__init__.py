"""Access: who may ask and write what."""
