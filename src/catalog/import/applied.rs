use super::{
    super::{Date, Model, Price, Snapshot},
    ModelReview, ModelState, Provenance, RowState, Slot, catalog_text,
};

/// Models with prices of a list that were believed: a layer for a catalog.
///
/// They are whole entries, with quality, lifecycle and whatever else the catalog said of them: a layer replaces
/// models as a whole.
#[derive(Clone, Debug)]
pub struct Applied {
    models: Vec<Model>,
}

impl Applied {
    pub(super) fn new(
        provenance: &Provenance,
        reviews: &[ModelReview],
        snapshot: &Snapshot,
        today: Date,
    ) -> Self {
        let changed = reviews
            .iter()
            .filter(|review| review.state == ModelState::Changed);
        let models = changed.filter_map(|review| {
            let model = snapshot.model(&review.name)?;
            let price = priced(model.price(), review, provenance, today)?;
            Some(Model {
                price,
                ..Model::clone(model)
            })
        });
        Self {
            models: models.collect(),
        }
    }

    /// The models, with their new prices.
    pub fn models(&self) -> &[Model] {
        &self.models
    }

    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.models.is_empty()
    }

    /// The `[[model]]` entries of a catalog file. Their providers are in the catalog that they came from.
    pub fn to_toml(&self) -> String {
        let entries: Vec<String> = self.models.iter().map(catalog_text::entry).collect();
        entries.join("\n")
    }

    /// The same as a source, for [`Catalog::parse`](super::super::Catalog::parse) after those of the catalog.
    #[cfg(feature = "toml")]
    pub fn source(&self) -> super::super::Source {
        super::super::Source::text("imported prices", self.to_toml())
    }
}

/// The old price with what the list changes; `None` where it is no longer the one that was compared.
fn priced(
    old: &Price,
    review: &ModelReview,
    provenance: &Provenance,
    today: Date,
) -> Option<Price> {
    let mut rates = old.rates().to_vec();
    for row in &review.rows {
        let at = |slot: &Slot| slot.clone().on(today).as_ref() == Some(&row.slot);
        match (&row.state, row.new) {
            (RowState::Changed, Some(new)) => {
                let mut dearest = None;
                for rate in &mut rates {
                    let slot = Slot::of(rate);
                    if at(&slot) {
                        dearest = dearest.max(Some(rate.amount()));
                        *rate = slot.rate(new);
                    }
                }
                if dearest != row.old {
                    return None;
                }
            }
            (RowState::Added, Some(new)) => {
                if rates.iter().any(|rate| at(&Slot::of(rate))) {
                    return None;
                }
                rates.push(row.slot.rate(new));
            }
            _ => {}
        }
    }
    let mut price = Price::new(rates)
        .with_auto_upgrade(old.auto_upgrade())
        .with_source(provenance.to_string())
        .checked_on(provenance.as_of());
    for (region, factor) in old.region_factors() {
        let row = review.regions.iter().find(|row| *row.region == *region);
        let new = row
            .filter(|row| row.state == RowState::Changed)
            .and_then(|row| row.new);
        price = price.with_region_factor(region, new.unwrap_or(factor));
    }
    for row in &review.regions {
        if let (RowState::Added, Some(factor)) = (&row.state, row.new) {
            price = price.with_region_factor(row.region.clone(), factor);
        }
    }
    Some(price)
}
