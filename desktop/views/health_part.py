"""What the health check found, above the overview's tables: what is not well with its cure, and how much is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QVBoxLayout

from desktop.services.health import Finding, Level
from desktop.views.look import Look
from desktop.views.widgets import Button, Mark, Words

_SHAPES = {
    Level.OK: ("disc_tick", "ok"),
    Level.WARN: ("triangle_mark", "warn"),
    Level.FAIL: ("square", "stop"),
}


class HealthPart(QFrame):
    """Hidden until somebody asks. open: leads to a page with facts."""

    def __init__(self, look: Look, open_page: Callable[[Mapping[str, Any]], None]) -> None:
        super().__init__()
        self._look, self._open = look, open_page
        px, say = look.px, look.text.say
        self.sentence = Words(role="second")
        self.mark = Mark(look)
        self.close_button = Button(look, say("button-close"), self.hide, role="icon", icon="close")
        head = QHBoxLayout()
        head.setSpacing(px(8))
        head.addWidget(self.mark)
        head.addWidget(Words(say("overview-checked"), "section"))
        head.addWidget(self.sentence)
        head.addStretch(1)
        self.all_button = Button(look, say("overview-check-all"), self._show_all, role="quiet")
        self.all_button.hide()
        head.addWidget(self.all_button)
        head.addWidget(self.close_button)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(px(12))
        self._grid.setVerticalSpacing(px(10))
        self._grid.setColumnStretch(2, 1)
        self._shown: list[Any] = []
        self.findings: tuple[Finding, ...] = ()
        self._found: tuple[Finding, ...] = ()
        column = QVBoxLayout(self)
        column.setContentsMargins(px(24), px(8), px(24), px(12))
        column.setSpacing(px(8))
        column.addLayout(head)
        column.addLayout(self._grid)

    def show_running(self) -> None:
        """The look is under way."""
        self._clear()
        self.mark.show_shape("ring_half", "wait")
        self.sentence.setText(self._look.text.say("overview-check-running"))
        self.show()

    def show_findings(self, found: Sequence[Finding]) -> None:
        """The gravest first; what is well is only counted."""
        say = self._look.text.say
        wrong = [each for each in found if each.level is not Level.OK]
        wrong.sort(key=lambda each: each.level is not Level.FAIL)
        self._clear()
        self.findings = tuple(wrong)
        count = {"count": len(wrong), "rest": len(found) - len(wrong)}
        told = say("overview-check-wrong", **count) if wrong else say("overview-check-well", count=len(found))
        self.sentence.setText(told)
        self.mark.show_shape(*(_SHAPES[wrong[0].level] if wrong else ("disc_tick", "ok")))
        self._found = tuple(found)
        self.all_button.setVisible(len(wrong) < len(found))
        for row, each in enumerate(wrong):
            self._add(row, each)
        self.show()

    def _show_all(self) -> None:
        """What is well, too, below what is not: each step with what it found."""
        well = [each for each in self._found if each.level is Level.OK]
        for row, each in enumerate(well, start=len(self.findings)):
            self._add(row, each)
        self.findings += tuple(well)
        self.all_button.hide()

    def _add(self, row: int, finding: Finding) -> None:
        text = self._look.text
        mark = Mark(self._look, *_SHAPES[finding.level])
        level = text.say(f"overview-level-{finding.level.value}")
        mark.setAccessibleName(level)
        mark.setToolTip(level)
        name = text.say(f"check-{finding.name}")
        label = Words(f"{finding.subject} {name}".strip(), "strong")
        between = "" if text.language == "zh" else " "
        said = Words(between.join((finding.what(text), finding.cure(text))), wrap=True, selectable=True)
        top = Qt.AlignmentFlag.AlignTop
        widgets: list[Any] = [mark, label, said]
        self._grid.addWidget(mark, row, 0, top)
        self._grid.addWidget(label, row, 1, top)
        self._grid.addWidget(said, row, 2, top)
        if facts := _leads_to(finding):
            words = text.say(f"page-{facts['page']}")
            leads = Button(self._look, words, lambda: self._open(facts), role="quiet")
            self._grid.addWidget(leads, row, 3, top)
            widgets.append(leads)
        self._shown += widgets

    def _clear(self) -> None:
        self.findings = ()
        for widget in self._shown:
            self._grid.removeWidget(widget)
            widget.deleteLater()
        self._shown = []


def _leads_to(finding: Finding) -> dict[str, str]:
    """The page on which it is mended, with its facts; empty where that is not a page."""
    subject = finding.subject.partition("/")[0]
    if finding.area in ("system", "flow") and subject:
        return {"page": "systems", "system" if finding.area == "system" else "route": subject}
    pages = {
        "correspondences": "base",
        "reconciled": "reconcile",
        "calendar": "settings",
        "backup": "settings",
    }
    page = pages.get(finding.name, "")
    return {"page": page} if page and finding.level is not Level.OK else {}
