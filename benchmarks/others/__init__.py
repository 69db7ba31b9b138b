"""Other people's words: what the house agent makes of dialogues, dates, names and attacks that nobody here wrote."""
