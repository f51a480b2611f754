"""Parses both formats as strictly as the reference parsers do, and finds the same series in both."""

import sys


from prometheus_client.openmetrics import parser as openmetrics_parser
from prometheus_client import parser as text_parser


def names(parser, path):
    with open(path) as file:
        families = list(parser.text_string_to_metric_families(file.read()))
    return {(sample.name, tuple(sorted(sample.labels.items()))) for family in families for sample in family.samples}


def canonical(series):
    # `le` is a number, which the two formats write differently.
    return {
        (name, tuple((key, str(float(value)) if key == "le" else value) for key, value in labels))
        for name, labels in series
    }


text = canonical(names(text_parser, sys.argv[1]))
opened = canonical(names(openmetrics_parser, sys.argv[2]))
assert text, "no series"
# Between the two scrapes a route was asked for the first time, at most.
only = {name for name, labels in text ^ opened if "route" not in dict(labels)}
assert not only, only
print(f"{len(opened)} series in both formats")
