"""What a person can ask of clips: adopt them, make a better one."""
