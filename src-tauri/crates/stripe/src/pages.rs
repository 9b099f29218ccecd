//! Lists, walked newest first between two instants, to be stopped and resumed at any page.

use chrono::{DateTime, Utc};
use remote::GetRequest;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    Kind, Row, Stripe, StripeError,
    client::{PAGE, has_more, last_id},
    error::{parameter, request_id},
};

/// Where a walk is. Objects made meanwhile lie before its start, so nothing is skipped;
/// `created` has a resolution of one second, so an object may come twice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Walk {
    /// Made at this second or later; `None` for from the beginning.
    #[serde(with = "chrono::serde::ts_seconds_option")]
    pub since: Option<DateTime<Utc>>,
    /// Made at this second or earlier: the start of the walk.
    #[serde(with = "chrono::serde::ts_seconds")]
    pub until: DateTime<Utc>,
    /// The last object of the page before.
    pub after: Option<String>,
    /// When it was made: the walk goes on from there if that object is deleted meanwhile.
    #[serde(with = "chrono::serde::ts_seconds_option")]
    pub reached: Option<DateTime<Utc>>,
}

impl Walk {
    pub fn between(since: Option<DateTime<Utc>>, until: DateTime<Utc>) -> Self {
        Self { since, until, after: None, reached: None }
    }

    /// The same stretch of time in parts that can be walked side by side; a walk without a
    /// beginning, or one under way, stays whole.
    pub fn split(self, parts: u32) -> Vec<Self> {
        let Some(since) = self.since.filter(|_| self.after.is_none() && parts > 1) else { return vec![self] };
        let (first, last) = (since.timestamp(), self.until.timestamp());
        let length = ((last - first) / i64::from(parts)).max(1);
        let starts = (0..i64::from(parts)).map(|part| first + part * length).take_while(|start| *start <= last);
        let mut walks: Vec<Self> = starts
            .filter_map(|start| {
                let (since, until) = (DateTime::from_timestamp(start, 0)?, DateTime::from_timestamp(start + length - 1, 0)?);
                Some(Self::between(Some(since), until))
            })
            .collect();
        if let Some(newest) = walks.last_mut() {
            newest.until = self.until;
        }
        walks
    }

    fn question(&self, path: &str) -> GetRequest {
        let mut question = GetRequest::new(path).query("limit", PAGE).query("created[lte]", &self.until.timestamp().to_string());
        if let Some(since) = self.since {
            question = question.query("created[gte]", &since.timestamp().to_string());
        }
        if let Some(after) = &self.after {
            question = question.query("starting_after", after);
        }
        question
    }

    fn on(&self, after: String, reached: Option<DateTime<Utc>>) -> Self {
        Self { after: Some(after), reached: reached.or(self.reached), ..self.clone() }
    }

    /// The same place by time alone, when the object that marked it is gone.
    fn without_mark(&self) -> Self {
        Self { until: self.reached.unwrap_or(self.until), after: None, ..self.clone() }
    }
}

#[derive(Clone, Debug)]
pub struct Page {
    pub rows: Vec<Row>,
    /// Where to go on; `None` at the end.
    pub next: Option<Walk>,
}

impl Stripe {
    /// One page of a walk, newest first, every object complete.
    pub async fn page(&self, kind: Kind, walk: &Walk) -> Result<Page, StripeError> {
        let expand: Vec<String> = kind.expand().iter().map(|field| format!("data.{field}")).collect();
        let (documents, next) = self.list(kind.path(), walk, &[], &expand).await?;
        let mut rows = Vec::with_capacity(documents.len());
        for mut document in documents {
            self.complete(kind, &mut document).await?;
            rows.push(Row::read(kind, document).ok_or(StripeError::Unreadable { request_id: None })?);
        }
        Ok(Page { rows, next })
    }

    pub(crate) async fn list(
        &self,
        path: &str,
        walk: &Walk,
        filters: &[(String, &str)],
        expand: &[String],
    ) -> Result<(Vec<Value>, Option<Walk>), StripeError> {
        let ask = |walk: Walk| {
            let mut question = walk.question(path);
            for (name, value) in filters {
                question = question.query(name, value);
            }
            for field in expand {
                question = question.query("expand[]", field);
            }
            self.ask(question)
        };
        let mut answer = ask(walk.clone()).await?;
        if walk.after.is_some() && !answer.status().is_success() && parameter(&answer).as_deref() == Some("starting_after") {
            answer = ask(walk.without_mark()).await?;
        }
        if !answer.status().is_success() {
            return Err(StripeError::from_answer(&answer, self.door.clock().now()));
        }
        let unreadable = || StripeError::Unreadable { request_id: request_id(&answer) };
        let mut list: Value = serde_json::from_slice(answer.body()).map_err(|_| unreadable())?;
        let next = if has_more(&list) {
            let reached =
                list["data"].as_array().and_then(|data| data.last()?.get("created")?.as_i64()).and_then(|at| DateTime::from_timestamp(at, 0));
            Some(walk.on(last_id(&list).ok_or_else(unreadable)?, reached))
        } else {
            None
        };
        let documents = list.get_mut("data").and_then(Value::as_array_mut).map(std::mem::take).ok_or_else(unreadable)?;
        Ok((documents, next))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Script, invoice, list};
    use serde_json::json;

    fn walk() -> Walk {
        Walk::between(DateTime::from_timestamp(100, 0), DateTime::from_timestamp(2_000_000_000, 0).expect("a time"))
    }

    #[tokio::test]
    async fn a_walk_is_resumed_where_it_stopped() {
        let script = Script::new([Ok((200, list([invoice("in_9"), invoice("in_8")], true, ""))), Ok((200, list([invoice("in_7")], false, "")))]);
        let stripe = script.stripe();
        let first = stripe.page(Kind::Invoice, &walk()).await.expect("a page");
        let kept = serde_json::to_string(&first.next).expect("text");
        let next: Option<Walk> = serde_json::from_str(&kept).expect("the same");
        let second = stripe.page(Kind::Invoice, &next.expect("more")).await.expect("a page");
        let ids: Vec<&str> = first.rows.iter().chain(&second.rows).map(|row| row.id.as_str()).collect();
        assert_eq!((ids, second.next), (vec!["in_9", "in_8", "in_7"], None));
        assert_eq!(
            script.asked(),
            [
                "/v1/invoices?limit=100&created[lte]=2000000000&created[gte]=100&expand[]=data.discounts",
                "/v1/invoices?limit=100&created[lte]=2000000000&created[gte]=100&starting_after=in_8&expand[]=data.discounts",
            ]
        );
    }

    #[test]
    fn parts_cover_every_second_once() {
        for (first, last, parts) in [(0, 99, 4), (0, 100, 7), (5, 5, 3), (5, 6, 3), (0, 1_000_003, 16)] {
            let at = |seconds| DateTime::from_timestamp(seconds, 0).expect("a time");
            let walks = Walk::between(Some(at(first)), at(last)).split(parts);
            assert!(walks.len() <= usize::try_from(parts).expect("few"));
            assert_eq!((walks[0].since, walks[walks.len() - 1].until), (Some(at(first)), at(last)));
            for pair in walks.windows(2) {
                assert_eq!(pair[1].since.map(|since| since.timestamp()), Some(pair[0].until.timestamp() + 1));
            }
        }
        assert_eq!(Walk::between(None, DateTime::UNIX_EPOCH).split(4).len(), 1);
    }

    #[tokio::test]
    async fn a_walk_survives_the_deletion_of_its_mark() {
        let gone = json!({"error": {"code": "resource_missing", "param": "starting_after", "message": "No such invoice"}});
        let script = Script::new([Ok((400, gone)), Ok((200, list([invoice("in_7")], false, "")))]);
        let marked = walk().on("in_8".to_owned(), DateTime::from_timestamp(1_500, 0));
        let page = script.stripe().page(Kind::Invoice, &marked).await.expect("a page");
        assert_eq!((page.rows.len(), page.next), (1, None));
        assert_eq!(script.asked()[1], "/v1/invoices?limit=100&created[lte]=1500&created[gte]=100&expand[]=data.discounts");
    }

    #[tokio::test]
    async fn a_row_that_cannot_be_understood_does_not_stop_the_page() {
        let mut strange = invoice("in_2");
        strange["currency"] = json!("xyz");
        let mut bare = invoice("in_3");
        bare["lines"] = json!(null);
        let script = Script::new([Ok((200, list([invoice("in_1"), strange, bare], false, "")))]);
        let page = script.stripe().page(Kind::Invoice, &walk()).await.expect("a page");
        let understood: Vec<bool> = page.rows.iter().map(|row| row.object.is_ok()).collect();
        assert_eq!(understood, [true, false, false]);
        assert!(matches!(&page.rows[1].object, Err(crate::RowError::Amount(_))), "{:?}", page.rows[1].object);
    }
}
