"""DingTalk, its official OA approval, by a company's own app."""
