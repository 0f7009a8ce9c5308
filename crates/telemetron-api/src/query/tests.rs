use serde_json::{Value, json};
use telemetron_model::Timestamp;
use telemetron_model::record::Severity;
use utoipa::IntoParams;

use super::{
    Amount, Flag, FromQuery, Instant, Kind, List, Parameters, Shown, cursor, in_order, number,
    one_of, params, text, word,
};
use crate::error::ApiError;

#[derive(Debug, Clone, Copy, PartialEq)]
enum Form {
    Short,
    Long,
}

params! {
    /// Which things.
    struct ListThings {
        /// Whose they are
        agent: Option<String> = text(),
        /// How bad they
        /// are at least
        severity: Option<Severity> = word(),
        /// How they are shown
        form: Form = one_of([("short", Form::Short), ("long", Form::Long)]).or(Form::Short),
        /// What they weigh at least
        weight: Option<f64> = Amount,
        /// When
        at: Option<Timestamp> = Instant,
        /// With everything in them
        deep: bool = Flag.or(false),
        /// These alone
        only: Option<Vec<i64>> = List(number(1..=9)),
        /// Most of them
        limit: usize = number(1..=1000).or(50),
        cursor: Option<i64> = cursor("things"),
        /// The thing itself
        thing: String = text().required("name the thing"),
    }
}

fn read(query: &str) -> Result<ListThings, String> {
    let read = Parameters::parse(query).and_then(|mut query| {
        let things = ListThings::from_query(&mut query)?;
        query.finish().map(|()| things)
    });
    read.map_err(|error: ApiError| error.to_string())
}

#[test]
fn what_is_absent_is_nothing_or_the_default() {
    let things = read("thing=x").unwrap();
    assert_eq!(
        (things.agent, things.severity, things.at),
        (None, None, None)
    );
    assert_eq!(
        (things.weight, things.only, things.cursor),
        (None, None, None)
    );
    assert_eq!(
        (things.form, things.deep, things.limit),
        (Form::Short, false, 50)
    );
    assert_eq!(things.thing, "x");
}

#[test]
fn what_is_given_is_read_as_what_it_is() {
    let things = read("thing=x&form=long&severity=ERROR&deep=1&only=3,%204,&limit=7&weight=1.5");
    let things = things.unwrap();
    assert_eq!(
        (things.form, things.deep, things.limit),
        (Form::Long, true, 7)
    );
    assert_eq!(things.severity, Some(Severity::Error));
    assert_eq!((things.only, things.weight), (Some(vec![3, 4]), Some(1.5)));
    // The plus of an offset may have been lost on the way.
    let things = read("thing=x&at=2026-01-31T12:00:00+02:00").unwrap();
    let expected = Timestamp::parse_rfc3339("2026-01-31T10:00:00Z").unwrap();
    assert_eq!(things.at, Some(expected));
}

#[test]
fn wrong_values_say_what_would_be_right() {
    for (query, detail) in [
        ("agent=x", "`thing`: name the thing"),
        (
            "thing=x&limit=5000",
            "`limit`: `5000` is not a whole number from 1 to 1000",
        ),
        (
            "thing=x&only=3,x",
            "`only`: `x` is not a whole number from 1 to 9",
        ),
        (
            "thing=x&weight=-1",
            "`weight`: `-1` is not a number from 0 on",
        ),
        (
            "thing=x&deep=maybe",
            "`deep`: `maybe` is neither `true` nor `false`",
        ),
        (
            "thing=x&form=tall",
            "`form`: `tall` is not one of short, long",
        ),
        (
            "thing=x&severity=loud",
            "`severity`: `loud` is not one of debug, info, warning, error, critical",
        ),
        (
            "thing=x&cursor=x",
            "`cursor`: this is not a cursor of this list; take it from `next` of a page",
        ),
        ("thing=x&thing=y", "`thing` is given twice; give it once"),
        (
            "thing=",
            "`thing` is empty; give it a value or leave it out",
        ),
        (
            "thing=a%00b",
            "`thing` holds a NUL character, which nothing here does",
        ),
        (
            "thing=x&agnet=y",
            "`agnet` is not a parameter here; did you mean `agent`?",
        ),
    ] {
        assert_eq!(read(query).unwrap_err(), detail, "{query}");
    }
    let error = read("thing=x&at=noon").unwrap_err();
    assert!(error.contains("RFC 3339"), "{error}");
    let error = read("thing=x&zzzzzzzzzzzzzzzzzz=1").unwrap_err();
    assert!(
        error.ends_with(
            "there are: agent, severity, form, weight, at, deep, only, limit, cursor, thing"
        ),
        "{error}"
    );
}

#[test]
fn two_instants_have_an_order() {
    let (early, late) = (Timestamp::from_millis(1), Timestamp::from_millis(2));
    assert!(in_order(("from", Some(early)), ("to", Some(late))).is_ok());
    assert!(in_order(("from", None), ("to", Some(late))).is_ok());
    let error = in_order(("from", Some(late)), ("to", Some(early))).unwrap_err();
    assert_eq!(error.to_string(), "`from` must not lie after `to`");
}

#[test]
fn the_description_comes_from_the_same_declaration() {
    let described = serde_json::to_value(ListThings::into_params(|| None)).unwrap();
    let find = |name: &str| -> &Value {
        let all = described.as_array().unwrap();
        all.iter().find(|one| one["name"] == name).unwrap()
    };
    let schema = |name| &find(name)["schema"];
    assert_eq!(
        schema("form"),
        &json!({ "type": "string", "enum": ["short", "long"], "default": "short" })
    );
    assert_eq!(
        schema("severity"),
        &json!({ "$ref": "#/components/schemas/Severity" })
    );
    assert_eq!(
        schema("limit"),
        &json!({ "type": "integer", "format": "int64", "minimum": 1, "maximum": 1000, "default": 50 })
    );
    assert_eq!(schema("only")["items"]["maximum"], 9);
    assert_eq!(find("only")["explode"], false);
    assert_eq!(
        find("severity")["description"],
        "How bad they\nare at least"
    );
    assert_eq!(find("cursor")["description"], "`next` of the page before");
    assert_eq!(
        (&find("thing")["required"], &find("agent")["required"]),
        (&json!(true), &json!(false))
    );
}
