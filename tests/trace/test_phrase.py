from pillarbox.trace.phrase import is_phrase, phrase


def test_a_phrase_is_a_json_object_with_a_code():
    assert phrase("forwarded", domain="a.example") == {"code": "forwarded", "domain": "a.example"}
    assert is_phrase(phrase("x"))
    for other in ("x", None, {}, {"code": 5}, ["code"], {"domain": "a"}):
        assert not is_phrase(other)
