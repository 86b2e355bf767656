pub use crate::transcript::Tapped as ResponseBody;
