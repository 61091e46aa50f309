//! The words of closed vocabularies as people write them into cells: the API's code in any case, or Vietnamese.

use entity::kinds::{ObservationStatus, Qualifier, SharingClass};
use serde::{
    Deserialize,
    de::{
        IntoDeserializer,
        value::{Error, StrDeserializer},
    },
};

use crate::kernel::text::fold;

/// A vocabulary that a cell may have a word of.
pub(super) trait Words: Sized + Copy + PartialEq + 'static {
    /// Vietnamese words, and what each means; the first of each meaning is the one to offer.
    const VIETNAMESE: &'static [(&'static str, Self)];
}

impl Words for Qualifier {
    const VIETNAMESE: &'static [(&'static str, Self)] = &[
        ("chính xác", Qualifier::Exact),
        ("đúng", Qualifier::Exact),
        ("khoảng", Qualifier::About),
        ("ước khoảng", Qualifier::About),
        ("trên", Qualifier::Over),
        ("hơn", Qualifier::Over),
        ("gần", Qualifier::Under),
        ("tối thiểu", Qualifier::AtLeast),
        ("ít nhất", Qualifier::AtLeast),
        ("tối đa", Qualifier::AtMost),
        ("nhiều nhất", Qualifier::AtMost),
        ("tốp", Qualifier::TopN),
        ("nhóm dẫn đầu", Qualifier::TopN),
    ];
}

impl Words for ObservationStatus {
    const VIETNAMESE: &'static [(&'static str, Self)] = &[
        ("chính thức", ObservationStatus::Official),
        ("sơ bộ", ObservationStatus::Provisional),
        ("ước tính", ObservationStatus::Estimated),
        ("dự báo", ObservationStatus::Forecast),
        ("gãy chuỗi", ObservationStatus::Break),
        ("khác định nghĩa", ObservationStatus::DefinitionDiffers),
        ("không có số liệu", ObservationStatus::Missing),
    ];
}

impl Words for SharingClass {
    const VIETNAMESE: &'static [(&'static str, Self)] = &[
        ("dữ liệu mở", SharingClass::Open),
        ("mở", SharingClass::Open),
        ("dữ liệu dùng chung", SharingClass::Shared),
        ("dùng chung", SharingClass::Shared),
        ("dữ liệu dùng riêng", SharingClass::Private),
        ("dùng riêng", SharingClass::Private),
    ];
}

/// What a word means.
pub(super) fn word<T: Words + for<'de> Deserialize<'de>>(text: &str) -> Option<T> {
    let code = text.trim().to_uppercase().replace([' ', '-'], "_");
    let coded: StrDeserializer<'_, Error> = code.as_str().into_deserializer();
    T::deserialize(coded).ok().or_else(|| {
        let folded = fold(text);
        T::VIETNAMESE.iter().find(|(vietnamese, _)| fold(vietnamese) == folded).map(|(_, meaning)| *meaning)
    })
}

/// A word for each meaning, to choose from.
pub(super) fn offered<T: Words>() -> Vec<&'static str> {
    let first = |at: usize, meaning: T| !T::VIETNAMESE.iter().take(at).any(|(_, earlier)| *earlier == meaning);
    let words = T::VIETNAMESE.iter().enumerate();
    words.filter(|(at, (_, meaning))| first(*at, *meaning)).map(|(_, (word, _))| *word).collect()
}

#[cfg(test)]
mod tests {
    use async_graphql::resolver_utils::EnumType;

    use super::*;

    fn offers_all<T: Words + EnumType + for<'de> Deserialize<'de>>() {
        let meanings: Vec<T> = offered::<T>().into_iter().filter_map(word).collect();
        assert_eq!(meanings.len(), T::items().len());
        assert!(T::items().iter().all(|item| meanings.contains(&item.value)));
    }

    #[test]
    fn every_meaning_has_a_word_to_choose() {
        offers_all::<Qualifier>();
        offers_all::<ObservationStatus>();
        offers_all::<SharingClass>();
    }

    #[test]
    fn words_are_read_in_either_language() {
        for (text, meaning) in [
            ("EXACT", Some(Qualifier::Exact)),
            ("exact", Some(Qualifier::Exact)),
            ("top n", Some(Qualifier::TopN)),
            ("At_Least", Some(Qualifier::AtLeast)),
            ("Khoảng", Some(Qualifier::About)),
            ("hơn", Some(Qualifier::Over)),
            ("trên", Some(Qualifier::Over)),
            ("gần", Some(Qualifier::Under)),
            ("Tốp", Some(Qualifier::TopN)),
            ("dưới", None),
            ("", None),
        ] {
            assert_eq!(word(text), meaning, "{text}");
        }
        assert_eq!(word("Dữ liệu dùng chung"), Some(SharingClass::Shared));
        assert_eq!(word("dùng riêng"), Some(SharingClass::Private));
        assert_eq!(word("open"), Some(SharingClass::Open));
        assert_eq!(word("Sơ bộ"), Some(ObservationStatus::Provisional));
        assert_eq!(word("DEFINITION_DIFFERS"), Some(ObservationStatus::DefinitionDiffers));
        assert_eq!(word::<SharingClass>("SECRET"), None);
    }
}
