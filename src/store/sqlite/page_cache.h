// SQLite's page cache, kept from looking for pages it can't have.
//
// When SQLite balances a tree it may give two pages each other's numbers, by way of one that no
// page has: that of the byte at 1 GiB (balance_nonroot in btree.c). Its cache remembers that number
// as the highest it had, and when the transaction ends looks through all its pages for those beyond
// the end of the file (pcache1Truncate in pcache1.c). With 60 MiB of pages that was a sixth of what
// the thread that commits did.
#pragma once

namespace wattback::store::sqlite {

// Puts a cache before SQLite's own that knows which numbers there are, for all connections of the
// process, unless one has opened a file or asked for a VFS before. Whether it is there.
bool use_knowing_page_cache();

}  // namespace wattback::store::sqlite
