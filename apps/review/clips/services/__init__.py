"""Services of clips: adopt live clips, regenerate lines."""
