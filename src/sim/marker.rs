//! Commands in the text of a prompt, such as `[[sim: status=429]]`.

use super::ask::{Ask, Message, Role};

/// The commands for the provider that goes by any of these names.
///
/// Those in the instructions count in every turn, others only until the model has answered them.
pub(crate) fn commands<'a>(ask: &'a Ask, names: &[&str]) -> Vec<&'a str> {
    let answered = ask.messages.iter().rposition(|m| m.role == Role::Assistant);
    let now = answered.map_or(0, |at| at + 1);
    let messages = ask.messages.iter().enumerate();
    let heard = messages.filter(|(i, message)| *i >= now || message.instructs());
    heard
        .flat_map(|(_, message)| within(message, names))
        .collect()
}

fn within<'a>(message: &'a Message, names: &[&str]) -> Vec<&'a str> {
    let mut commands = Vec::new();
    let mut rest = message.text.as_str();
    while let Some((_, from)) = rest.split_once("[[sim") {
        rest = from;
        let Some((marker, _)) = from.split_once("]]") else {
            break;
        };
        let Some((to, command)) = marker.split_once(':') else {
            continue;
        };
        let meant = match to.strip_prefix('@') {
            Some(name) => names.contains(&name.trim()),
            None => to.is_empty(),
        };
        if meant {
            commands.push(command);
        }
    }
    commands
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(messages: &[(Role, &str)]) -> Vec<String> {
        let messages = messages.iter();
        let messages = messages.map(|(role, text)| Message::new(*role, *text));
        let ask = Ask::new("m".to_owned(), messages.collect());
        let commands = commands(&ask, &["anthropic", "acme"]);
        commands.into_iter().map(|c| c.trim().to_owned()).collect()
    }

    #[test]
    fn a_marker_counts_until_it_is_answered_and_in_instructions_always() {
        let system = (Role::System, "[[sim: delay=1]]");
        let user = (Role::User, "a [[sim: echo]] b [[sim:status=429]] c");
        assert_eq!(heard(&[system, user]), ["delay=1", "echo", "status=429"]);
        let later = [system, user, (Role::Assistant, "x"), (Role::User, "y")];
        assert_eq!(heard(&later), ["delay=1"]);
    }

    #[test]
    fn a_marker_may_name_who_is_meant() {
        let text = "[[sim@acme: echo]] [[sim@other: status=500]] [[sim@anthropic:pause]]";
        assert_eq!(heard(&[(Role::User, text)]), ["echo", "pause"]);
    }

    #[test]
    fn what_is_no_marker_is_text() {
        for text in [
            "[[sim: echo",
            "[[sim]]",
            "[[simple: echo]]",
            "[sim: echo]",
            "]]",
        ] {
            assert!(heard(&[(Role::User, text)]).is_empty(), "{text}");
        }
    }
}
