//! Writes metric families, each with its description. A family without a series is omitted.

use std::fmt;

use prometheus_client::encoding::{
    DescriptorEncoder, EncodeCounterValue, EncodeGaugeValue, EncodeLabelSet, MetricEncoder, NoLabelSet,
};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Unit;

use super::histogram::Snapshot;

/// The name of a family, without the suffixes for its unit and kind.
pub(super) struct Name(pub(super) &'static str, pub(super) Option<Unit>, pub(super) &'static str);

/// Writes families to an encoder.
pub(super) struct Families<'a>(pub(super) DescriptorEncoder<'a>);

impl Families<'_> {
    pub(super) fn counters<L: EncodeLabelSet, V: EncodeCounterValue>(
        &mut self,
        name: &Name,
        series: impl IntoIterator<Item = (L, V)>,
    ) -> fmt::Result {
        self.family(name, MetricType::Counter, series, |mut encoder, value| {
            encoder.encode_counter::<NoLabelSet, _, f64>(&value, None)
        })
    }

    pub(super) fn gauges<L: EncodeLabelSet, V: EncodeGaugeValue>(
        &mut self,
        name: &Name,
        series: impl IntoIterator<Item = (L, V)>,
    ) -> fmt::Result {
        self.family(name, MetricType::Gauge, series, |mut encoder, value| encoder.encode_gauge(&value))
    }

    pub(super) fn histograms<L: EncodeLabelSet>(
        &mut self,
        name: &Name,
        series: impl IntoIterator<Item = (L, Snapshot)>,
    ) -> fmt::Result {
        self.family(name, MetricType::Histogram, series, |mut encoder, Snapshot { seconds, count, buckets }| {
            encoder.encode_histogram::<NoLabelSet>(seconds, count, &buckets, None)
        })
    }

    pub(super) fn gauge(&mut self, name: &Name, value: &impl EncodeGaugeValue) -> fmt::Result {
        let Name(name, unit, help) = name;
        self.0.encode_descriptor(name, help, unit.as_ref(), MetricType::Gauge)?.encode_gauge(value)
    }

    pub(super) fn counter(&mut self, name: &Name, value: &impl EncodeCounterValue) -> fmt::Result {
        let Name(name, unit, help) = name;
        let mut encoder = self.0.encode_descriptor(name, help, unit.as_ref(), MetricType::Counter)?;
        encoder.encode_counter::<NoLabelSet, _, f64>(value, None)
    }

    pub(super) fn info(&mut self, name: &Name, labels: &impl EncodeLabelSet) -> fmt::Result {
        let Name(name, unit, help) = name;
        self.0.encode_descriptor(name, help, unit.as_ref(), MetricType::Info)?.encode_info(labels)
    }

    fn family<L: EncodeLabelSet, V>(
        &mut self,
        Name(name, unit, help): &Name,
        kind: MetricType,
        series: impl IntoIterator<Item = (L, V)>,
        encode: impl Fn(MetricEncoder<'_>, V) -> fmt::Result,
    ) -> fmt::Result {
        let mut series = series.into_iter().peekable();
        if series.peek().is_none() {
            return Ok(());
        }
        let mut family = self.0.encode_descriptor(name, help, unit.as_ref(), kind)?;
        for (labels, value) in series {
            encode(family.encode_family(&labels)?, value)?;
        }
        Ok(())
    }
}
