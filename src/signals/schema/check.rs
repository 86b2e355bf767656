use serde_json::{Map, Value};

/// Steps that one check may take: a schema or a value that is looked at is one.
const MOST_STEPS: u32 = 200_000;
/// How deep schemas may lie in each other on the way to a value; references that lead in a circle end here.
const DEEPEST: u32 = 128;

/// One check of a value.
pub(super) struct Check<'a> {
    root: &'a Value,
    steps: u32,
    depth: u32,
}

/// It cannot be told.
#[derive(Debug)]
pub(super) struct Unknown;

type Fits = Result<bool, Unknown>;

impl<'a> Check<'a> {
    pub(super) const fn new(root: &'a Value) -> Self {
        Self {
            root,
            steps: MOST_STEPS,
            depth: DEEPEST,
        }
    }

    fn step(&mut self) -> Result<(), Unknown> {
        self.steps = self.steps.checked_sub(1).ok_or(Unknown)?;
        Ok(())
    }

    pub(super) fn fits(&mut self, schema: &'a Value, value: &Value) -> Fits {
        self.step()?;
        self.depth = self.depth.checked_sub(1).ok_or(Unknown)?;
        let fits = match schema {
            Value::Bool(anything) => Ok(*anything),
            Value::Object(words) => self.words(words, value),
            _ => Err(Unknown),
        };
        self.depth += 1;
        fits
    }

    fn words(&mut self, words: &'a Map<String, Value>, value: &Value) -> Fits {
        let nullable = words.get("nullable") == Some(&Value::Bool(true));
        if value.is_null() && nullable {
            return Ok(true);
        }
        if let Some(place) = words.get("$ref")
            && !self.fits(self.referred(place)?, value)?
        {
            return Ok(false);
        }
        if let Some(kind) = words.get("type")
            && !is_of(kind, value)?
        {
            return Ok(false);
        }
        Ok(self.is_one_of(words, value)?
            && self.all(words.get("allOf"), value)?
            && self.any(words.get("anyOf"), value)?
            && self.any(words.get("oneOf"), value)?
            && match value {
                Value::Object(members) => self.members(words, members)?,
                Value::Array(items) => self.items(words, items)?,
                _ => true,
            })
    }

    /// What a reference within the schema leads to.
    fn referred(&self, place: &Value) -> Result<&'a Value, Unknown> {
        let pointer = place.as_str().and_then(|place| place.strip_prefix('#'));
        pointer
            .and_then(|pointer| self.root.pointer(pointer))
            .ok_or(Unknown)
    }

    fn is_one_of(&mut self, words: &'a Map<String, Value>, value: &Value) -> Fits {
        if let Some(one) = words.get("const")
            && !self.same(one, value)?
        {
            return Ok(false);
        }
        let Some(several) = words.get("enum") else {
            return Ok(true);
        };
        for one in several.as_array().ok_or(Unknown)? {
            if self.same(one, value)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn all(&mut self, schemas: Option<&'a Value>, value: &Value) -> Fits {
        for schema in list(schemas)? {
            if !self.fits(schema, value)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn any(&mut self, schemas: Option<&'a Value>, value: &Value) -> Fits {
        let schemas = list(schemas)?;
        for schema in schemas {
            if self.fits(schema, value)? {
                return Ok(true);
            }
        }
        Ok(schemas.is_empty())
    }

    fn members(&mut self, words: &'a Map<String, Value>, members: &Map<String, Value>) -> Fits {
        for name in list(words.get("required"))? {
            self.step()?;
            if !members.contains_key(name.as_str().ok_or(Unknown)?) {
                return Ok(false);
            }
        }
        let properties = words
            .get("properties")
            .map(|it| it.as_object().ok_or(Unknown));
        let properties = properties.transpose()?;
        // Names by patterns are not looked at, so none is one too many.
        let more = words.get("additionalProperties");
        let more = more.filter(|_| !words.contains_key("patternProperties"));
        for (name, value) in members {
            self.step()?;
            let known = properties.and_then(|properties| properties.get(name));
            if let Some(schema) = known.or(more)
                && !self.fits(schema, value)?
            {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn items(&mut self, words: &'a Map<String, Value>, items: &[Value]) -> Fits {
        let first = list(words.get("prefixItems"))?;
        let rest = words.get("items");
        for (at, value) in items.iter().enumerate() {
            self.step()?;
            if let Some(schema) = first.get(at).or(rest)
                && !self.fits(schema, value)?
            {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether two values are one and the same; `1` and `1.0` are. As deep as the parser lets values be.
    fn same(&mut self, one: &Value, other: &Value) -> Fits {
        self.step()?;
        match (one, other) {
            (Value::Number(one), Value::Number(other)) => {
                Ok(one == other || one.as_f64() == other.as_f64())
            }
            (Value::Array(one), Value::Array(other)) => {
                let mut pairs = one.iter().zip(other);
                Ok(one.len() == other.len()
                    && pairs.try_fold(true, |same, (one, other)| {
                        Ok(same && self.same(one, other)?)
                    })?)
            }
            (Value::Object(one), Value::Object(other)) => {
                if one.len() != other.len() {
                    return Ok(false);
                }
                for (name, one) in one {
                    let Some(other) = other.get(name) else {
                        return Ok(false);
                    };
                    if !self.same(one, other)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            (Value::String(one), Value::String(other)) if one.len() == other.len() => {
                // Long ones take longer.
                for _ in 0..one.len() / 256 {
                    self.step()?;
                }
                Ok(one == other)
            }
            _ => Ok(one == other),
        }
    }
}

/// A list that may not be there.
fn list(value: Option<&Value>) -> Result<&[Value], Unknown> {
    match value {
        None => Ok(&[]),
        Some(Value::Array(list)) => Ok(list),
        Some(_) => Err(Unknown),
    }
}

/// Whether a value is of a type, or of one of several.
fn is_of(kind: &Value, value: &Value) -> Fits {
    let one = |name: &str| {
        let is = |word: &str| name.eq_ignore_ascii_case(word);
        Ok(match value {
            _ if !KINDS.iter().any(|kind| is(kind)) => return Err(Unknown),
            Value::Null => is("null"),
            Value::Bool(_) => is("boolean"),
            Value::Number(number) => {
                let whole = number.is_i64() || number.is_u64();
                let whole = whole || number.as_f64().is_some_and(|it| it.fract() == 0.0);
                is("number") || (is("integer") && whole)
            }
            Value::String(_) => is("string"),
            Value::Array(_) => is("array"),
            Value::Object(_) => is("object"),
        })
    };
    match kind {
        Value::String(name) => one(name),
        Value::Array(names) => {
            for name in names.iter().take(KINDS.len()) {
                if one(name.as_str().ok_or(Unknown)?)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        _ => Err(Unknown),
    }
}

const KINDS: [&str; 7] = [
    "null", "boolean", "number", "integer", "string", "array", "object",
];
