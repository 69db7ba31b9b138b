"""Plays conversations against a draft and the live version, and says whether the draft may go live."""
