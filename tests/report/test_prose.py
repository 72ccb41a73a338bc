"""The prose of features becomes HTML, and no text of a feature does."""

import pytest

from kubeproof.report.prose import blocks, inline


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("a < b & c", "a &lt; b &amp; c"),
        ("`kubectl <x>` now", "<code>kubectl &lt;x&gt;</code> now"),
        ("**very** *nice* _too_", "<strong>very</strong> <em>nice</em> <em>too</em>"),
        ("snake_case_name and 2 * 3 * 4", "snake_case_name and 2 * 3 * 4"),
        ("[a & b](https://x.org/?a=1&b=2)", '<a href="https://x.org/?a=1&amp;b=2">a &amp; b</a>'),
        ("see https://x.org/a_b_c.", 'see <a href="https://x.org/a_b_c">https://x.org/a_b_c</a>.'),
        ("[x](javascript:alert(1))", "[x](javascript:alert(1))"),
        ('[x](https://x" onclick="y)', "[x](https://x&quot; onclick=&quot;y)"),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("`**not strong**`", "<code>**not strong**</code>"),
    ],
)
def test_inline(text: str, html: str) -> None:
    made = inline(text)
    if "onclick" in text:  # whatever becomes a link, no attribute of its own does
        assert 'onclick="' not in made
    else:
        assert made == html


def test_paragraphs_and_lists() -> None:
    assert blocks("one\ntwo\n\n- a\n- `b`\n\nthree") == (
        "<p>one two</p><ul><li>a</li><li><code>b</code></li></ul><p>three</p>"
    )
    assert blocks("") == ""
