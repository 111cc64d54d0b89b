"""How much the fault suite does: a soak tries every point and kills by the thousand, CI a part of it."""

import os

SOAK = bool(os.environ.get("PLACET_TEST_SOAK"))
STEP = 1 if SOAK else 6  # every point at which a process can die, or every sixth
KILLS = int(os.environ.get("PLACET_TEST_KILLS", "2000" if SOAK else "25"))  # at random, on each database
LONGEST = 900 if SOAK else 60  # seconds that a process may live
