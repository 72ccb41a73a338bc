"""How messages are distributed over transactions."""

from kubeproof.sandbox.network.netlink import HEADER_SIZE, Message
from kubeproof.sandbox.proxy.transaction import packed


def message(name: str, size: int = 100) -> Message:
    return Message(0, 0, bytes(size - HEADER_SIZE), name)


def names(pieces: list[list[list[Message]]], limit: int) -> list[str]:
    return ["".join(one.meaning for one in batch) for batch in packed(pieces, limit)]


def test_pieces_share_a_transaction_as_long_as_they_fit() -> None:
    pieces = [[[message("a")]], [[message("b")]], [[message("c")]]]
    assert names(pieces, 300) == ["abc"]
    assert names(pieces, 200) == ["ab", "c"]


def test_a_piece_is_kept_together_where_it_fits() -> None:
    pieces = [[[message("a")], [message("b")]], [[message("c")], [message("d")]]]
    assert names(pieces, 300) == ["ab", "cd"]


def test_a_piece_that_is_too_large_is_split_between_its_atoms() -> None:
    piece = [[message("a"), message("b")], [message("c"), message("d")], [message("e")]]
    assert names([piece], 250) == ["ab", "cd", "e"]


def test_an_atom_that_is_too_large_goes_alone() -> None:
    pieces = [[[message("a")]], [[message("b", 400), message("c", 400)]], [[message("d")]]]
    assert names(pieces, 250) == ["a", "bc", "d"]


def test_sizes_count_padding() -> None:
    pieces = [[[message("a", 97)]], [[message("b", 97)]]]
    assert names(pieces, 199) == ["a", "b"]
    assert names(pieces, 200) == ["ab"]


def test_nothing_is_no_transaction() -> None:
    assert names([], 100) == []
