// SPDX-License-Identifier: Apache-2.0

// Package dptest holds statistical assertions about noise. Each takes the
// probability with which it may fail a correct mechanism, and meets it by a
// bound that holds for every sample size: a test that uses them needs neither a
// seed nor a second try. They say nothing about how large an error they see;
// the tests that use them do.
package dptest
