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
// A fixed list of other events (Laplace, discrete noise, randomised response,
// exponential and (ε, δ) mechanisms) is put together with Compose, which follows their privacy
// loss distribution; zero-concentrated DP stands beside it. Parameters of such a
// list must not depend on earlier answers.
//
// Where an answer is not representable it errs on the safe side: a μ is never
// larger, an ε, a δ or a σ never smaller than the truth allows. Arguments
// outside a function's domain get the answer that pays for nothing.
package accountant
