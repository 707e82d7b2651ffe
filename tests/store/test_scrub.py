"""store/scrub.py: all is well. What is not is told in test_compaction.py."""

from pillarbox.store import refcounts
from pillarbox.store.scrub import scrub


async def test_whole_blobs_are_not_mentioned(db):
    def keep(tx):
        for ref, octets in zip(tx.blobs, (3, 0), strict=True):
            refcounts.release(tx, [refcounts.hold(tx, ref, 1, octets)])
            refcounts.hold(tx, ref, 1, octets)

    await db.write(keep, blobs=(b"one", b""))
    assert [problem async for problem in scrub(db)] == []
    await db.write(lambda tx: tx.run("DELETE FROM blobs"))
