//! Lists, a page at a time: `?limit=&after=`.

use std::str::FromStr;

use croft_app::Listed;
use croft_sdk::page::Page;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    body::Json,
    error::{ApiError, Result},
};

/// How many to give when nobody says.
pub const DEFAULT: u32 = 50;
/// The most to give.
pub const MOST: u32 = 200;

/// Which part of a list is wanted.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// How many: 1 to 200, 50 when left out.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// The `next` of the page before.
    after: Option<String>,
}

impl PageQuery {
    /// The page, for use cases.
    pub fn page<A: FromStr>(&self) -> Result<croft_app::Page<A>> {
        let limit = match self.limit {
            None => DEFAULT,
            Some(limit) if (1..=MOST).contains(&limit) => limit,
            Some(_) => return Err(ApiError::invalid("limit", "a number from 1 to 200")),
        };
        let after = match self.after.as_deref() {
            None | Some("") => None,
            Some(text) => {
                let wrong =
                    |_| ApiError::invalid("after", "give the `next` of the page before, as it was");
                Some(text.parse().map_err(wrong)?)
            }
        };
        Ok(croft_app::Page { after, limit })
    }
}

/// A page as it is answered.
pub fn answer<T, U, A: ToString>(
    listed: Listed<T, A>,
    convert: impl FnMut(T) -> U,
) -> Json<Page<U>> {
    let Listed { items, next } = listed.map(convert);
    Json(Page { items, next: next.map(|last| last.to_string()) })
}

#[cfg(test)]
mod tests {
    use croft_model::name::EnvKey;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn what_may_be_asked_for() {
        let page = |limit, after: Option<&str>| {
            PageQuery { limit, after: after.map(str::to_owned) }.page::<Uuid>()
        };
        assert_eq!(page(None, None).unwrap().limit, 50);
        assert_eq!(page(Some(200), Some("")).unwrap().limit, 200);
        for limit in [0, 201] {
            assert!(page(Some(limit), None).is_err(), "{limit}");
        }
        assert!(page(None, Some("1; DROP TABLE projects")).is_err());
    }

    #[test]
    fn next_is_what_after_takes() {
        let id = Uuid::from_bytes([7; 16]);
        let Json(page) = answer(Listed { items: vec![1], next: Some(id) }, |n| n + 1);
        assert_eq!(page.items, [2]);
        let query = PageQuery { limit: None, after: page.next };
        assert_eq!(query.page().unwrap().after, Some(id));
        let key: EnvKey = "COLOUR".parse().unwrap();
        let Json(page) = answer(Listed { items: vec![1], next: Some(key.clone()) }, |n| n);
        let query = PageQuery { limit: None, after: page.next };
        assert_eq!(query.page().unwrap().after, Some(key));
    }
}
