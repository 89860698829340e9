// SPDX-License-Identifier: Apache-2.0

// Package failpoint names the places of a run where tests have it die, stop or
// be refused by the operating system.
//
// In the product every function here does what it is named for and no more, and
// is inlined away: neither a name nor the switch is in the binary. The build tag
// failpoints makes them real. Then the environment says what happens:
//
//	THRONG_FAILPOINT=release.rename          killed (SIGKILL) when it gets there
//	THRONG_FAILPOINT=ledger.update:3         killed the third time
//	THRONG_FAILPOINT=touched=stop            stopped (SIGSTOP); also int, term, and slow: a quarter of a second
//	THRONG_FAILPOINT=release.file.sync=eio   the call fails; also enospc
//	THRONG_FAILPOINT=release.file.write=short   half is written, then it fails
//	THRONG_FAILPOINT=touched=-24h            the clock is put back a day
//	THRONG_FAILPOINT_TRACE=FILE              every place reached, a line each
//	THRONG_FAILPOINT_NOW=2026-03-29T00:30:00Z   the clock starts there
//	THRONG_FAILPOINT_WAIT=20                 leases are so many times shorter
package failpoint
