//! The use cases, one file each, named as the steps of the way of the data.

pub mod commands;
mod stub;

pub struct Desk;
