"""Our tagger beside Presidio and DataFog: `make bench-pii`, that is, `python -m bench.peers LETTERS [--data DATA]`.

Runs in an environment of its own (`bench/peers.txt`), all taggers in one process on one core, each as fast as it
is made to be: Presidio and ours take many letters at once.
Quality: on labelled letters, by the measures of `bench.tagging`. Speed: processor time on letters of which no two lines
are the same (`bench.lines`), the taggers taking turns. Writes its section of docs/benchmarks.md and the picture in it.
"""

from __future__ import annotations

import argparse
import logging
import os
import platform
import re
import statistics
import time
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from importlib.metadata import version
from importlib.resources import files
from itertools import cycle
from pathlib import Path

import datafog
import matplotlib as mpl
import yaml
from matplotlib import pyplot
from matplotlib.ticker import PercentFormatter
from presidio_analyzer import AnalyzerEngine, BatchAnalyzerEngine
from presidio_analyzer.nlp_engine import NerModelConfiguration, NlpEngine, SlimSpacyNlpEngine, SpacyNlpEngine
from presidio_analyzer.recognizer_registry import RecognizerRegistryProvider
from rich.console import Console
from rich.markdown import Markdown
from rich.progress import track

from bench import ner
from bench.lines import made_anew
from bench.tagging import Part, Span, Sums, letters, spans
from intake.pii import CLASSES, Context, tag, tag_all

ROOT = Path(__file__).parents[1]
PAGE, PICTURE = ROOT / "docs/benchmarks.md", ROOT / "docs/img/taggers.svg"
PIPELINES = ROOT / ".venv-peers/pipelines"
BEGIN, END = "<!-- make bench-pii writes from here -->\n", "<!-- to here -->"
THRESHOLD = 0.4  # Presidio's score from which a finding counts
ROUNDS, ROUND_KB = 5, 100
BATCH = 64  # texts that Presidio hands to spaCy at once

# Their entities as our classes. What has none is left out: dates, URLs, nationalities, organisations.
PRESIDIO = {
    "PERSON": "name",
    "LOCATION": "address",
    "EMAIL_ADDRESS": "email",
    "US_SSN": "ssn",
    "US_ITIN": "ssn",
    "US_BANK_NUMBER": "bank",
    "ABA_ROUTING_NUMBER": "bank",
    "IBAN_CODE": "bank",
    "CRYPTO": "bank",
    "CREDIT_CARD": "card",
    "PHONE_NUMBER": "phone",
    "US_DRIVER_LICENSE": "id",
    "US_PASSPORT": "id",
    "US_MBI": "id",
    "US_NPI": "id",
    "US_HEALTH_INSURANCE_MEMBER_ID": "id",
    "US_PRIOR_AUTHORIZATION_NUMBER": "id",
    "US_CLAIM_NUMBER": "id",
    "US_PRESCRIPTION_NUMBER": "id",
    "US_REFERRAL_NUMBER": "id",
    "US_PROVIDER_TAX_ID": "id",
    "MEDICAL_LICENSE": "id",
    "IP_ADDRESS": "ip",
}
DATAFOG = {
    "EMAIL": "email",
    "PHONE": "phone",
    "SSN": "ssn",
    "CREDIT_CARD": "card",
    "IP_ADDRESS": "ip",
    "ZIP_CODE": "zip",
}


@dataclass
class Tagger:
    """Who tags, what came of it, and how fast, round by round."""

    name: str
    tags: Callable[[Sequence[Part]], list[list[Span]]]
    drawn: bool = True  # whether the picture and the table by class have it
    sums: Sums = field(default_factory=Sums)
    speeds: list[float] = field(default_factory=list)  # KB per second of processor time

    @property
    def speed(self) -> float:
        """KB/s, the median of the rounds."""
        return statistics.median(self.speeds)


# ---- who takes part ------------------------------------------------------------------------------------------


def taggers(pipeline: str | None) -> list[Tagger]:
    """Ours first. `pipeline` is a spaCy pipeline with named entities, where there is one."""
    slim = SlimSpacyNlpEngine([{"lang_code": "en", "model_name": str(ner.plain(PIPELINES / "plain"))}])
    found = [
        Tagger("ours", partial(ours, lambda part: part.context)),
        Tagger("ours, a text a call", lambda parts: [spans(tag(one.text, one.context)) for one in parts], drawn=False),
        Tagger("ours, sender unknown", partial(ours, lambda _: Context()), drawn=False),
        Tagger("Presidio", partial(presidio, analyzer(slim), PRESIDIO)),
    ]
    if pipeline:
        full = analyzer(SpacyNlpEngine([{"lang_code": "en", "model_name": pipeline}], entities()))
        persons = {entity: cls for entity, cls in PRESIDIO.items() if entity != "LOCATION"}
        found += [
            Tagger("Presidio + persons", partial(presidio, full, persons), drawn=False),
            Tagger("Presidio + persons, places", partial(presidio, full, PRESIDIO)),
        ]
    return [*found, Tagger("DataFog", partial(fog, "python")), Tagger("DataFog in Rust", partial(fog, "rust"))]


def ours(context: Callable[[Part], Context], parts: Sequence[Part]) -> list[list[Span]]:
    """What our tagger says of the texts, read together."""
    return [spans(found) for found in tag_all((part.text, context(part)) for part in parts)]


def analyzer(engine: NlpEngine) -> BatchAnalyzerEngine:
    """Presidio with every recogniser that is for no country or for the United States; by default some are off."""
    engine.load()
    listed = yaml.safe_load((files("presidio_analyzer") / "conf/default_recognizers.yaml").read_text("utf-8"))
    for one in listed["recognizers"]:
        country = one.get("country_code")
        one["enabled"] = country == "us" if country else one.get("enabled", True)
    registry = RecognizerRegistryProvider(registry_configuration=listed, nlp_engine=engine)
    single = AnalyzerEngine(registry.create_recognizer_registry(), engine, supported_languages=["en"])
    return BatchAnalyzerEngine(single)


def entities() -> NerModelConfiguration:
    """Of the named entities, what Presidio's own configuration of spaCy takes."""
    stated = yaml.safe_load((files("presidio_analyzer") / "conf/spacy.yaml").read_text("utf-8"))
    return NerModelConfiguration.from_dict(stated["ner_model_configuration"])


def presidio(engine: BatchAnalyzerEngine, classes: dict[str, str], parts: Sequence[Part]) -> list[list[Span]]:
    """What Presidio says of the texts; where findings overlap, the surer and longer one."""
    texts = [part.text for part in parts]
    all_ = engine.analyze_iterator(texts, language="en", batch_size=BATCH, score_threshold=THRESHOLD)
    for found in all_:
        found.sort(key=lambda one: (-one.score, one.start - one.end, one.start))
    return [apart((one.start, one.end, classes.get(one.entity_type, "")) for one in found) for found in all_]


def fog(backend: str, parts: Sequence[Part]) -> list[list[Span]]:
    """What DataFog says of the texts."""
    all_ = (datafog.scan(part.text, backend=backend).entities for part in parts)
    return [apart((one.start, one.end, DATAFOG.get(one.type, "")) for one in found) for found in all_]


def apart(found: Iterable[Span]) -> list[Span]:
    """Those of our classes that do not overlap; the first ones win."""
    kept: list[Span] = []
    for start, end, cls in found:
        if cls and all(end <= other[0] or start >= other[1] for other in kept):
            kept.append((start, end, cls))
    return kept


# ---- measuring -----------------------------------------------------------------------------------------------


def judge(all_: list[Tagger], labelled: list[list[Part]], console: Console) -> None:
    """Let everybody tag the labelled letters."""
    for one in all_:
        for letter in track(labelled, f"quality: {one.name}", console=console):
            one.sums.add(letter, one.tags(letter))


def race(all_: list[Tagger], labelled: list[list[Part]], console: Console) -> None:
    """Let everybody tag the same fresh letters, round by round, and take the time."""
    for parts in track(fresh(labelled), "speed", console=console):
        kilobytes = sum(len(part.text.encode()) for part in parts) / 1000
        for one in all_:
            started = time.process_time()
            one.tags(parts)
            one.speeds.append(kilobytes / (time.process_time() - started))


def fresh(labelled: list[list[Part]]) -> list[list[Part]]:
    """Rounds of letters made anew."""
    chosen: list[Part] = []
    size = 0
    for part in cycle([part for letter in labelled for part in letter]):
        if size > ROUNDS * ROUND_KB * 1000:
            break
        chosen.append(part)
        size += len(part.text.encode())
    texts = made_anew(part.text for part in chosen)
    anew = [replace(part, text=text, wanted=[]) for part, text in zip(chosen, texts, strict=True)]
    return [anew[start::ROUNDS] for start in range(ROUNDS)]


# ---- telling -------------------------------------------------------------------------------------------------


def section(all_: list[Tagger], labelled: list[list[Part]], folders: Sequence[Path], learnt: str) -> str:
    """The section of docs/benchmarks.md. `learnt` says where the named entities are from, "" for none."""
    ours, drawn = all_[0], [one for one in all_ if one.drawn]
    versions = ", ".join(f"{name} {version(name)}" for name in ("presidio-analyzer", "spacy", "datafog"))
    today = f"{date.today():%-d %B %Y}"  # noqa: DTZ011 - a day, to read
    return TEXT.format(
        measured=f"{today}, {processor()}, one core, Python {platform.python_version()}; {versions}",
        letters=len(labelled),
        folders=" and ".join(f"`{named(folder)}`" for folder in folders),
        tags=sum(ours.sums.wanted[cls] for cls in CLASSES),
        clean=ours.sums.clean,
        table="\n".join(row(one, ours) for one in all_),
        heads=" | ".join(one.name for one in drawn),
        rule="---|" * len(drawn),
        classes="\n".join(
            f"| {cls} | {' | '.join(f'{one.sums.found([cls]):.2f}' for one in drawn)} |" for cls in CLASSES
        ),
        threshold=THRESHOLD,
        learnt=learnt or "Rows with named entities are missing: no DATA was given to learn them from.",
        rounds=ROUNDS,
        size=ROUND_KB,
        batch=BATCH,
    )


def named(folder: Path) -> str:
    """The folder as it is called within the project, or by its last name."""
    where = folder.resolve()
    return str(where.relative_to(ROOT) if where.is_relative_to(ROOT) else where.name)


TEXT = """## The tagger beside its peers: `make bench-pii`

{measured}.

{letters} labelled letters of {folders} with {tags} tags; {clean} of them hold no personal information. Letters that
our tagger has learnt from would flatter it.

| | exact F1 | found | precision | clean letters tagged | KB/s | speed beside ours |
|---|---|---|---|---|---|---|
{table}

Found: characters of personal information that got any tag. Precision: tagged characters that are personal information.
Clean letters tagged: letters without personal information in which something was tagged.

![Found and precision against speed](img/taggers.svg)

Found, by class:

| | {heads} |
|---|{rule}
{classes}

How it is measured:

- Presidio and DataFog by themselves know patterns. Presidio has every recogniser that is for no country or for the
  United States (some of these are off by default), English lemmas for its context words, one engine for all letters,
  reads all as English and counts from a score of {threshold}. DataFog's named entities are left out: it takes no spaCy
  pipeline but `en_core_web_lg`.
- {learnt}
- The peers' entities became our classes where there is one. Dates, URLs and nationalities have none and do not count: a
  birth date found as a date is not told from other dates. A place counts as an address, so that a town by itself, which
  is none by our conventions, costs precision.
- The peers are general tools: they know neither these conventions nor, as our tagger does, the sender.
- Speed: processor time on {rounds} times {size} KB of letters made anew, no two lines the same: digits drawn anew, a
  quarter of the words exchanged, one in twenty misspelt. All taggers in one process on one core, taking turns
  round by round; medians of the rounds. Ours and Presidio are given all letters of a round at once (Presidio's
  `BatchAnalyzerEngine`, {batch} texts a batch), DataFog takes one at a time. Trust the ratio, not the rate.
"""


def row(one: Tagger, ours: Tagger) -> str:
    """A line of the table."""
    sums = one.sums
    beside = statistics.median(their / our for our, their in zip(ours.speeds, one.speeds, strict=True))
    quality = f"{sums.f1():.2f} | {sums.found():.2f} | {sums.precision():.2f} | {sums.clean_tagged} of {sums.clean}"
    return f"| {one.name} | {quality} | {one.speed:.0f} | {beside:.2g} × |"


def processor() -> str:
    """The processor's name."""
    found = re.search(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return found[1].strip() if found else platform.machine()


def picture(all_: list[Tagger], path: Path) -> None:
    """Found (a disc) and precision (a ring) against speed; up and to the right is better."""
    mpl.rcParams.update({"svg.hashsalt": "taggers", "font.size": 10})
    figure, axes = pyplot.subplots(figsize=(7.6, 4.2), layout="constrained")
    for one in all_:
        own = one is all_[0]
        colour, weight = ("#1a4480", "bold") if own else ("#71767a", "normal")
        found, precision = one.sums.found(), one.sums.precision()
        axes.plot([one.speed] * 2, [found, precision], color=colour, zorder=2)
        axes.scatter(one.speed, found, s=70, color=colour, zorder=3)
        axes.scatter(one.speed, precision, s=70, facecolor="white", edgecolor=colour, linewidth=1.5, zorder=3)
        place = {"xytext": (0, -10), "textcoords": "offset points", "ha": "center", "va": "top"}
        label = one.name.replace(" + ", "\n+ ")
        axes.annotate(label, (one.speed, found), color=colour, weight=weight, **place)
    for name, fill in (("found", "black"), ("precision", "white")):
        axes.scatter([], [], s=70, facecolor=fill, edgecolor="black", label=name)
    axes.legend(loc="lower left", frameon=False)
    axes.set_xscale("log")
    axes.set_xlim(min(one.speed for one in all_) / 3, max(one.speed for one in all_) * 3)
    axes.set_ylim(0, 1.06)
    axes.xaxis.set_major_formatter(lambda speed, _: f"{speed:g}")
    axes.yaxis.set_major_formatter(PercentFormatter(1))
    axes.set_xlabel("KB of letters per second on one core (logarithmic)")
    axes.set_ylabel("characters")
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, metadata={"Date": None})


def write(text: str) -> None:
    """Put the section between its marks in docs/benchmarks.md."""
    before, begin, rest = PAGE.read_text("utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise SystemExit(f"{PAGE}: the marks {BEGIN.strip()} and {END} are missing")
    PAGE.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", "utf-8")


def named_entities(given: argparse.Namespace, console: Console) -> tuple[str | None, str]:
    """The spaCy pipeline with named entities, if there is one, and what the page says of it."""
    if given.spacy:
        return given.spacy, f"Persons and places are found by the spaCy pipeline `{Path(given.spacy).name}`."
    if not (given.data and given.data.is_dir()):
        console.print("No DATA: the rows with named entities are left out.")
        return None, ""
    pipeline = ner.trained(PIPELINES / "entities", given.data, console.print)
    return str(pipeline), (
        "Persons and places are found by spaCy's NER, taught here with the open data sets of DATA, since spaCy does\n"
        "  not publish its pretrained pipelines in the package registries. Those are better; `SPACY=` names one."
    )


def main() -> None:
    """The command."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("letters", type=Path, nargs="+", help="folders of labelled letters")
    options.add_argument("--data", type=Path, help="the open data sets from which spaCy learns persons and places")
    options.add_argument("--spacy", help="a spaCy pipeline, by name or folder, instead of the one learnt from DATA")
    given = options.parse_args()
    warnings.filterwarnings("ignore", module="presidio_analyzer")  # that an engine without entities finds none
    logging.disable(logging.ERROR)  # Presidio reaches for a list of domains at its first address, and says if in vain
    console = Console()
    labelled = [letter for folder in given.letters for letter in letters(folder)]
    if not labelled:
        raise SystemExit("no labelled letters there; name folders of them with LETTERS=")
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    pipeline, said = named_entities(given, console)
    all_ = taggers(pipeline)
    judge(all_, labelled, console)
    race(all_, labelled, console)
    text = section(all_, labelled, given.letters, said)
    picture([one for one in all_ if one.drawn], PICTURE)
    write(text)
    console.print(Markdown(text))


if __name__ == "__main__":
    main()
