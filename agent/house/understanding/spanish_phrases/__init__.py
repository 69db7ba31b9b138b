"""What callers say in Spanish about cars and visits, each with the English this package reads.

Longest match wins; accents are not looked at. The English after =, then the Spanish ways of saying it.
"""

from agent.house.understanding.spanish_phrases import matters, said, talk, times, work

PHRASES = "".join(part.PHRASES for part in (talk, matters, work, said, times))
