"""A stake that was sent since the backup: the journal brings it back with all that was signed, and it is not sent again."""

from pathlib import Path
from typing import Any

import pytest

from chain import journal, maintenance
from chain.models import Attempt
from orders.memory import Fate, replay
from orders.models import Order
from orders.states import Status
from stakes.models import Stake
from tests.backup import Backup
from tests.factories import an_address, make_stake, make_staking
from tests.model_staking import ModelStaking
from tests.orders.conftest import Desk


@pytest.mark.fault(39, 40)
def test_a_stake_comes_back_from_the_journal(desk: Desk, tmp_path: Path, settings: Any) -> None:
    settings.JOURNAL_DIR = tmp_path
    contract = ModelStaking(desk.chain, an_address())
    staking = make_staking(wallet=desk.wallet, contract=contract.address)
    backup = Backup()
    stake = make_stake(staking, signature_id="äöü")
    desk.finish()
    backup.restore()
    assert not Order.objects.exists()
    maintenance.begin("restored", by="test")
    assert [each.fate for each in replay(list(journal.entries(tmp_path)))] == [Fate.RESTORED]
    maintenance.end(by="staff:ana", reason="replayed")
    desk.reopen()
    desk.finish()
    back = Stake.objects.get(pk=stake.pk)
    assert (back.order.status, back.signature_id, bytes(back.signature)) == (Status.COMPLETED, "äöü", bytes(stake.signature))
    assert (Attempt.objects.count(), len(contract.used)) == (1, 1)
