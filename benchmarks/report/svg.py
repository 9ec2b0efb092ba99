"""Draw plain charts as SVG: bars that may be stacked, and lines over steps. Readable on light and on dark pages."""

from collections.abc import Mapping, Sequence
from html import escape

COLOURS = ("#2f6db5", "#d9822b", "#6b7785", "#3f8f5f")
_STRONG = "#b5302f"
_WIDTH, _LABEL, _BAR, _GAP, _TOP = 760, 150, 16, 6, 36
_PLAIN = 'font-family="sans-serif" font-size="12" fill="#6b7785"'

Row = tuple[str, Sequence[float]]


def draw_bars(title: str, rows: Sequence[Row], *, strong: str, parts: Sequence[str] = ()) -> str:
    """Draw a bar for each row; `strong` is the label to point out, `parts` names what is stacked.

    Shapes: a row is its label and its parts, one number where nothing is stacked.
    """
    highest = max(sum(values) for _, values in rows)
    scale = (_WIDTH - _LABEL - 70) / highest
    drawn = [_title(title), *_legend(parts)]
    for place, (label, values) in enumerate(rows):
        drawn += _bar(_TOP + place * (_BAR + _GAP), label, [value * scale for value in values], label == strong)
        end = _LABEL + sum(values) * scale + 6
        drawn.append(_text(end, _TOP + place * (_BAR + _GAP) + 12, _short(sum(values))))
    return _frame(drawn, _TOP + len(rows) * (_BAR + _GAP) + 6)


def draw_lines(title: str, steps: Sequence[str], series: Mapping[str, Sequence[float]]) -> str:
    """Draw a line for each series over the same steps, from zero."""
    height, left, right = 230, 60, 20
    highest = max(max(values) for values in series.values())
    wide = (_WIDTH - left - right) / max(len(steps) - 1, 1)
    drawn = [_title(title), *_legend(list(series)), _text(4, _TOP + 12, _short(highest)), _text(4, height - 22, "0")]
    drawn.append(f'<path d="M{left} {_TOP}V{height - 26}H{_WIDTH - right}" stroke="#9aa4af" fill="none"/>')
    for place, step in enumerate(steps):
        drawn.append(_text(left + place * wide, height - 8, step, anchor="middle"))
    for number, values in enumerate(series.values()):
        tall = (height - 26 - _TOP) / highest
        points = " ".join(f"{left + at * wide:.0f},{height - 26 - value * tall:.1f}" for at, value in enumerate(values))
        drawn.append(f'<polyline points="{points}" fill="none" stroke="{COLOURS[number]}" stroke-width="2"/>')
    return _frame(drawn, height)


def _bar(top: float, label: str, widths: Sequence[float], is_strong: bool) -> list[str]:  # noqa: FBT001
    weight = ' font-weight="bold"' if is_strong else ""
    name = _text(_LABEL - 8, top + 12, label, anchor="end", more=weight)
    pieces, left = [name], float(_LABEL)
    for part, width in enumerate(widths):
        colour = _STRONG if is_strong and part == 0 else COLOURS[part]
        size = f'width="{max(width, 0.5):.1f}" height="{_BAR}"'
        pieces.append(f'<rect x="{left:.1f}" y="{top}" {size} fill="{colour}"/>')
        left += width
    return pieces


def _legend(parts: Sequence[str]) -> list[str]:
    pieces = []
    for number, part in enumerate(parts):
        left = _LABEL + 130 * number
        pieces.append(f'<rect x="{left}" y="20" width="10" height="8" fill="{COLOURS[number]}"/>')
        pieces.append(_text(left + 14, 28, part))
    return pieces


def _title(title: str) -> str:
    return _text(4, 14, title, more=' font-weight="bold"')


def _text(left: float, top: float, text: str, *, anchor: str = "start", more: str = "") -> str:
    return f'<text x="{left:.0f}" y="{top:.0f}" text-anchor="{anchor}" {_PLAIN}{more}>{escape(text)}</text>'


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _frame(drawn: Sequence[str], height: float) -> str:
    size = f'width="{_WIDTH}" height="{height}" viewBox="0 0 {_WIDTH} {height}"'
    return "\n".join([f'<svg xmlns="http://www.w3.org/2000/svg" {size}>', *drawn, "</svg>", ""])
