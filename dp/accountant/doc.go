// SPDX-License-Identifier: Apache-2.0

// Package accountant is the mathematics of privacy accounts: what noise of a
// given size promises, and what size a promise needs. Pure functions of
// numbers; it imports nothing of ours and knows nothing of data.
//
// The currency is μ of Gaussian differential privacy (Dong, Roth, Su 2019): the
// Gaussian mechanism with L2 sensitivity D and standard deviation σ is exactly
// (D/σ)-GDP, squares of μ add up, also when later queries depend on earlier
// answers, and (ε, δ) follows exactly from μ.
//
// Where an answer is not representable it errs on the safe side: a μ is never
// larger, an ε, a δ or a σ never smaller than the truth allows. Arguments
// outside a function's domain get the answer that pays for nothing.
package accountant
