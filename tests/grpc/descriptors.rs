//! `src/grpc/gemini.bin` is what `gemini.proto` says, and that is what Google's own files say.

use std::path::Path;

use prost_reflect::{DescriptorPool, EnumDescriptor, MessageDescriptor};

fn compile(folders: &[&Path], file: &str) -> Vec<u8> {
    let mut compiler = protox::Compiler::new(folders).unwrap();
    compiler.include_imports(true).include_source_info(false);
    compiler.open_file(file).unwrap();
    compiler.encode_file_descriptor_set()
}

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src/grpc"))
}

#[test]
fn the_compiled_descriptors_are_those_of_the_file() {
    let compiled = compile(&[folder()], "gemini.proto");
    if std::env::var_os("UPDATE_DESCRIPTORS").is_some() {
        std::fs::write(folder().join("gemini.bin"), &compiled).unwrap();
    }
    let kept = std::fs::read(folder().join("gemini.bin")).unwrap();
    assert!(
        kept == compiled,
        "UPDATE_DESCRIPTORS=1 cargo test --test grpc descriptors"
    );
}

#[test]
fn names_and_numbers_are_google_s() {
    let specs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/specs/google");
    if !specs.exists() {
        eprintln!("passed over: Google's own files are not here");
        return;
    }
    let file = "google/ai/generativelanguage/v1beta/generative_service.proto";
    // Two files that Google's name and that are not beside them; nothing of ours is in them.
    let missing = Path::new(env!("CARGO_TARGET_TMPDIR")).join("missing-protos");
    let types = missing.join("google/type");
    std::fs::create_dir_all(&types).unwrap();
    for (file, message) in [("interval", "Interval"), ("latlng", "LatLng")] {
        let text = format!("syntax = \"proto3\"; package google.type; message {message} {{}}");
        std::fs::write(types.join(format!("{file}.proto")), text).unwrap();
    }
    let theirs = compile(&[&specs, &missing], file);
    let theirs = DescriptorPool::decode(&theirs[..]).unwrap();
    let ours = DescriptorPool::decode(&compile(&[folder()], "gemini.proto")[..]).unwrap();
    let package = "google.ai.generativelanguage";
    let (mut messages, mut enums) = (0, 0);
    for message in ours
        .all_messages()
        .filter(|one| one.full_name().starts_with(package))
    {
        let their = theirs.get_message_by_name(message.full_name());
        compare(
            &message,
            &their.unwrap_or_else(|| panic!("{}", message.full_name())),
        );
        messages += 1;
    }
    for one in ours
        .all_enums()
        .filter(|one| one.full_name().starts_with(package))
    {
        compare_enums(&one, &theirs.get_enum_by_name(one.full_name()).unwrap());
        enums += 1;
    }
    assert!(messages > 40 && enums > 10, "{messages} {enums}");
}

fn compare(ours: &MessageDescriptor, theirs: &MessageDescriptor) {
    for field in ours.fields() {
        let name = field.full_name();
        let their = theirs
            .get_field(field.number())
            .unwrap_or_else(|| panic!("{name}"));
        assert_eq!(field.name(), their.name(), "{name}");
        assert_eq!(field.json_name(), their.json_name(), "{name}");
        assert_eq!(
            format!("{:?}", field.kind()),
            format!("{:?}", their.kind()),
            "{name}"
        );
        assert_eq!(field.cardinality(), their.cardinality(), "{name}");
        assert_eq!(
            field.supports_presence(),
            their.supports_presence(),
            "{name}"
        );
    }
}

fn compare_enums(ours: &EnumDescriptor, theirs: &EnumDescriptor) {
    let values = |one: &EnumDescriptor| {
        let values = one
            .values()
            .map(|value| (value.number(), value.name().to_owned()));
        let mut values: Vec<_> = values.collect();
        values.sort();
        values
    };
    assert_eq!(values(ours), values(theirs), "{}", ours.full_name());
}
