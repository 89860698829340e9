// SPDX-License-Identifier: Apache-2.0

//go:build unix

package main

import "syscall"

// noCoreDumps keeps rows about people out of core files.
func noCoreDumps() { _ = syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{}) }
