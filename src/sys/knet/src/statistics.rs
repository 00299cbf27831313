//! libknet's counters, as the statistics map has them.

use crate::ffi;
use crate::handle::{Handle, check, node_id};
use core_cmap::stats::{KnetHandleStats, KnetLinkStats};
use core_types::NodeId;
use std::io;

/// A structure made of a C structure's fields of the same names.
macro_rules! fields {
    ($from:expr => $to:ident { $($field:ident),* $(,)? } $($rest:tt)*) => {
        $to { $($field: $from.$field,)* $($rest)* }
    };
}

impl Handle {
    /// What libknet counted in all.
    pub fn statistics(&self) -> io::Result<KnetHandleStats> {
        // SAFETY: a plain structure of numbers, for which all zero is a value
        let mut all: ffi::knet_handle_stats = unsafe { std::mem::zeroed() };
        let size = size_of_val(&all);
        // SAFETY: knet_handle_get_stats(3): a live handle and a writable structure of that size
        check(unsafe { ffi::knet_handle_get_stats(self.raw(), &mut all, size) })?;
        Ok(fields!(all => KnetHandleStats {
            tx_uncompressed_packets, tx_compressed_packets, tx_compressed_original_bytes, tx_compressed_size_bytes,
            tx_compress_time_min, tx_compress_time_max, tx_compress_time_ave, rx_compressed_packets,
            rx_compressed_original_bytes, rx_compressed_size_bytes, rx_compress_time_min, rx_compress_time_max,
            rx_compress_time_ave, tx_crypt_time_min, tx_crypt_time_max, tx_crypt_time_ave, tx_crypt_byte_overhead,
            tx_crypt_packets, rx_crypt_time_min, rx_crypt_time_max, rx_crypt_time_ave, rx_crypt_packets,
        }))
    }

    /// What libknet counted on one link.
    pub fn link_statistics(&self, node: NodeId, link: u8) -> io::Result<KnetLinkStats> {
        let status = self.raw_link_status(node_id(node)?, link)?;
        Ok(fields!(status.stats => KnetLinkStats {
            tx_data_packets, rx_data_packets, tx_data_bytes, rx_data_bytes, tx_ping_packets, rx_ping_packets,
            tx_ping_bytes, rx_ping_bytes, tx_pong_packets, rx_pong_packets, tx_pong_bytes, rx_pong_bytes,
            tx_pmtu_packets, rx_pmtu_packets, tx_pmtu_bytes, rx_pmtu_bytes, tx_total_packets, rx_total_packets,
            tx_total_bytes, rx_total_bytes, tx_total_errors, tx_pmtu_errors, tx_pmtu_retries, tx_ping_errors,
            tx_ping_retries, tx_pong_errors, tx_pong_retries, tx_data_errors, tx_data_retries, latency_min,
            latency_max, latency_ave, latency_samples, down_count, up_count,
        }
            enabled: status.enabled,
            connected: status.connected,
            mtu: status.mtu,
            rx_total_retries: status.stats.tx_total_retries,
        ))
    }
}
