use crate::observe::FailureClass;

/// What kind of failure one of Z.ai's numbers is, which come in its OpenAI-compatible and in its Anthropic-compatible
/// dialect, mostly with status 429 whatever they mean.
pub(super) fn of_zai(code: &str) -> Option<FailureClass> {
    Some(match code {
        // No key, or one that is none; an account that is not active, not there, locked, or in arrears.
        "1000" | "1001" | "1002" | "1003" | "1004" | "1110" | "1111" | "1112" | "1113" | "1121"
        // No access; and what a day, a week, a month or a plan allows is used up, which no pause helps.
        | "1220" | "1304" | "1308" | "1309" | "1310" | "1313" => FailureClass::Credential,
        "1210" | "1213" | "1214" | "1215" => FailureClass::Caller,
        // This way of being called, or this model for this subscription.
        "1212" | "1311" => FailureClass::Unsupported,
        "1211" | "1221" | "1222" => FailureClass::ModelGone,
        "1261" => FailureClass::ContextTooLong,
        "1300" | "1301" => FailureClass::Filtered,
        // Too many at once, too often, or too much altogether.
        "1302" | "1303" | "1305" => FailureClass::Rate,
        "1120" | "1200" | "1230" | "1234" | "1312" => FailureClass::Provider,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_status_stands_for_many_failures() {
        for (code, class) in [
            ("1302", FailureClass::Rate),
            ("1303", FailureClass::Rate),
            ("1113", FailureClass::Credential),
            ("1308", FailureClass::Credential),
            ("1309", FailureClass::Credential),
            ("1310", FailureClass::Credential),
            ("1301", FailureClass::Filtered),
            ("1211", FailureClass::ModelGone),
        ] {
            assert_eq!(of_zai(code), Some(class), "{code}");
        }
        assert_eq!(of_zai("1399"), None);
    }
}
