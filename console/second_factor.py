"""The second factor of an account: proposed, set once, checked. Its secret is shown with the picture only."""

import base64
from dataclasses import dataclass

from kit import authenticator
from kit.clock import Clock
from kit.db import Database
from kit.errors import ConfigurationError
from kit.secrets import seal, unseal
from record import accounts
from record.account_models import Account


@dataclass(frozen=True)
class SecondFactor:
    database: Database
    clock: Clock

    def propose(self, account_id: str) -> str:
        """A new secret, sealed together with whose it is, so that the form may carry it."""
        return seal(f"{account_id}:{authenticator.new_secret()}")

    def shown(self, proposed: str, email: str) -> tuple[str, str]:
        """The picture an app reads, as a data address, and the same for typing in."""
        secret = _opened(proposed)[1]
        drawn = authenticator.picture(authenticator.app_address(secret, email))
        grouped = " ".join(secret[i : i + 4] for i in range(0, len(secret), 4))
        return "data:image/svg+xml;base64," + base64.b64encode(drawn.encode()).decode(), grouped

    async def set(self, account: Account, proposed: str, code: str) -> list[str] | None:
        """Keeps a proposed secret once its app has given a right code; returns the recovery codes, to be shown once."""
        account_id, secret = _opened(proposed)
        step = authenticator.step_of(secret, code, self.clock.now(), 0)
        if account_id != account.id or step is None:
            return None
        codes = authenticator.new_recovery_codes()
        bare = [authenticator.bare_recovery_code(made) for made in codes]
        async with self.database.writing(account.rooftop_id) as db:
            kept = await accounts.set_second_factor(db, account.id, seal(secret), step, bare)
        return codes if kept else None

    async def checked(self, account: Account, code: str) -> bool:
        """Whether a code of the app, or a recovery code, is right; each is good once, and wrong ones are counted."""
        now = self.clock.now()
        async with self.database.writing(account.rooftop_id) as db:
            held = await accounts.locked_row(db, account.id)
            if held is None or accounts.is_locked(held, now) or not held.totp_sealed:
                return False
            step = authenticator.step_of(unseal(held.totp_sealed), code, now, held.totp_step)
            if step is not None:
                accounts.succeeded(held, step)
                return True
            bare = authenticator.bare_recovery_code(code)
            right = await accounts.use_recovery_code(db, account.id, bare, now)
            if not right:
                await accounts.failed(db, account.id, now)
        return right


def _opened(proposed: str) -> tuple[str, str]:
    try:
        account_id, _, secret = unseal(proposed).partition(":")
    except ConfigurationError:
        return "", authenticator.new_secret()
    return account_id, secret
