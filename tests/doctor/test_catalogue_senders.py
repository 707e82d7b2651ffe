from pillarbox.doctor.catalogue import CATALOGUE
from pillarbox.doctor.catalogue_senders import SENDERS


def test_every_check_can_say_that_it_could_not_ask():
    for kind in ("spf", "dkim", "dmarc"):
        assert SENDERS[f"{kind}.unknown"][0] == "unknown"
        assert SENDERS[f"{kind}.ok"][0] == "ok"


def test_the_whole_catalogue_holds_them():
    assert SENDERS.items() <= CATALOGUE.items()
