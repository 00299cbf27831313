//! Panic boundary, handles and raw pointer helpers for every C entry
