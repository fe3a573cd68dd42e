//! Both services, played.

use serde_json::json;
use wiremock::matchers::{header, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;
use crate::ingest::http::HttpError;
use crate::ingest::testing::{client, now};

async fn searched(brave: bool, template: ResponseTemplate) -> Result<Vec<WebLead>, ScanError> {
    let server = MockServer::start().await;
    let base = Url::parse(&server.uri()).unwrap();
    let search = if brave {
        Mock::given(path("/res/v1/web/search"))
            .and(header("x-subscription-token", "verysecret"))
            .respond_with(template)
            .mount(&server)
            .await;
        WebSearch::Brave { token: Secret::new("verysecret"), base: Some(base) }
    } else {
        Mock::given(path("/search")).respond_with(template).mount(&server).await;
        WebSearch::Searxng { base }
    };
    let http = client(&server);
    search.search(&http, "!news :de night trains", now()).await
}

fn answer(body: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_string(body)
}

#[tokio::test]
async fn leads_have_a_plain_title_a_site_and_a_time() {
    let leads = searched(false, answer("{\"results\": [{\"url\": \"https://www.ledger.example/a\", \"title\": \"Night\u{1} &amp; day\", \"publishedDate\": \"2031-03-16T10:00:00\"}, {\"url\": \"javascript:x\"}, null, {\"url\": \"https://b.example/\"}], \"unresponsive_engines\": []}"))
        .await
        .unwrap();
    assert_eq!(leads.len(), 2);
    assert_eq!((leads[0].title.as_str(), leads[0].site.as_deref()), ("Night & day", Some("ledger.example")));
    assert_eq!(leads[0].published_at, Some("2031-03-16T10:00:00Z".parse().unwrap()));
    let body = json!({"web": {"results": [{"url": "https://ledger.example/a", "title": "The <strong>night</strong> train", "page_age": "2031-01-29T22:23:56", "age": "January 29, 2031"}, {"url": "https://b.example/", "title": "x", "age": "today"}]}});
    let leads = searched(true, answer(&body.to_string())).await.unwrap();
    assert_eq!(leads[0].title, "The night train");
    assert_eq!(leads[0].published_at, Some("2031-01-29T22:23:56Z".parse().unwrap()));
    assert_eq!(leads[1].published_at, None);
    assert!(searched(true, answer("{}")).await.unwrap().is_empty());
    assert!(searched(false, answer(r#"{"results": []}"#)).await.unwrap().is_empty());
}

#[tokio::test]
async fn an_outage_is_not_the_absence_of_news() {
    let down = r#"{"results": [], "unresponsive_engines": [["seeker", "CAPTCHA"], ["finder"]]}"#;
    let error = searched(false, answer(down)).await.unwrap_err();
    assert!(error.to_string().contains("none of its engines answered: seeker (CAPTCHA), finder"), "{error}");
}

#[tokio::test]
async fn refusals_say_what_to_do() {
    for (brave, template, says) in [
        (false, ResponseTemplate::new(403), "add `json` to `search.formats`"),
        (true, ResponseTemplate::new(401), "the token is not accepted (401)"),
        (true, ResponseTemplate::new(422), "it refuses the search (422)"),
        (true, answer("<html>"), "cannot read"),
        (false, answer("null"), "cannot read"),
    ] {
        let error = searched(brave, template).await.unwrap_err();
        assert!(error.to_string().contains(says), "{error}");
        assert!(!format!("{error:?}").contains("verysecret"));
    }
    let two_limits = ResponseTemplate::new(429)
        .insert_header("x-ratelimit-remaining", "0, 0")
        .insert_header("x-ratelimit-reset", "1, 7200");
    let error = searched(true, two_limits).await.unwrap_err();
    assert!(matches!(error, ScanError::Http(HttpError::RateLimited { wait, .. }) if wait.as_secs() == 7_200));
}

#[test]
fn a_query_is_words_and_not_too_long() {
    assert_eq!(plain_query("  !news :de  night   trains! "), "news de night trains!");
    assert_eq!(plain_query("!! ::"), "");
    assert_eq!(plain_query(&"a ".repeat(80)).split(' ').count(), 50);
    assert!(plain_query(&"längeres ".repeat(60)).chars().count() <= 400);
}
