// SPDX-License-Identifier: Apache-2.0

// Command throng builds ad audiences and releases noised counts of them.
package main

func main() {}
