// SPDX-License-Identifier: Apache-2.0

package accountant

import "math"

// A loss is the distribution of the privacy loss log P(x)/Q(x), x drawn from P,
// of one event, which all lie on one lattice or are rounded to one. Losses are
// comparable: equal ones are composed by their number.
type loss interface {
	// limit is the largest loss, +Inf if there is none: the event is limit-DP.
	limit() float64
	// logMoment is log E e^{tL}, or an upper bound of it. It chooses tilts only.
	logMoment(t float64) float64
	// composed is the loss of n such events, tilted by t, rounded to a side.
	composed(n int, t float64, to side, by *convolver) pld
	// order sorts losses, so that their sum is always taken alike.
	order() [3]float64
}

// A side says which way losses are rounded.
type side bool

const (
	above side = true  // connect the dots: δ at least the truth
	below side = false // privacy buckets: δ at most the truth
)

// pair is the least private ε-DP mechanism (Kairouz, Oh, Viswanath 2015): loss
// ε with chance e^ε/(1+e^ε), else -ε.
type pair struct{ epsilon float64 }

func (l pair) limit() float64    { return l.epsilon }
func (l pair) order() [3]float64 { return [3]float64{0, l.epsilon} }

func (l pair) logMoment(t float64) float64 {
	return t*l.epsilon + math.Log1p(math.Exp(-(2*t+1)*l.epsilon)) - math.Log1p(math.Exp(-l.epsilon))
}

// composed is the binomial formula, from the mode outwards.
func (l pair) composed(n int, t float64, _ side, _ *convolver) pld {
	odds := math.Exp((2*t + 1) * l.epsilon)
	ups := func(k int) float64 { return float64(n-k) / float64(k+1) * odds } // from k ups to k+1
	mode := n
	if x := float64(n+1) / (1 + 1/odds); x < float64(n) {
		mode = int(x)
	}
	const least = 1e-22
	low, high := []float64{}, []float64{1}
	cut := 0.0
	for k := mode; k < n; k++ {
		next := high[k-mode] * ups(k)
		if next < least {
			cut += next / (1 - ups(k))
			break
		}
		high = append(high, next)
	}
	for k, last := mode-1, 1.0; k >= 0; k-- {
		last /= ups(k)
		if last < least {
			cut += last / (1 - 1/ups(k))
			break
		}
		low = append(low, last)
	}
	q := make([]float64, len(low)+len(high))
	for i, x := range low {
		q[len(low)-1-i] = x
	}
	copy(q[len(low):], high)
	p := pld{
		h: 2 * l.epsilon, base: float64(2*(mode-len(low))-n) * l.epsilon,
		q: q, logM: float64(n) * l.logMoment(t),
	}
	total := sum(q)
	for i := range q {
		q[i] /= total
	}
	p.lost = cut / total
	return p
}

// response is randomised response over three or more answers: the two answers
// in question have losses ±ε, the others 0.
type response struct {
	epsilon float64
	buckets int
}

func (l response) limit() float64    { return l.epsilon }
func (l response) order() [3]float64 { return [3]float64{1, l.epsilon, float64(l.buckets)} }

func (l response) logMoment(t float64) float64 {
	// The answers' chances are as e^ε : 1 : 1 : …, buckets-1 ones.
	k := float64(l.buckets)
	return t*l.epsilon + math.Log1p((k-2)*math.Exp(-(t+1)*l.epsilon)+math.Exp(-(2*t+1)*l.epsilon)) -
		math.Log1p((k-1)*math.Exp(-l.epsilon))
}

func (l response) composed(n int, t float64, _ side, by *convolver) pld {
	q := []float64{math.Exp(-(2*t + 1) * l.epsilon), float64(l.buckets-2) * math.Exp(-(t+1)*l.epsilon), 1}
	p := pld{h: l.epsilon, base: -l.epsilon, q: q, logM: t*l.epsilon - math.Log1p(float64(l.buckets-1)*math.Exp(-l.epsilon))}
	p.normalise()
	return by.power(p, n)
}

// exponential is the loss of Laplace noise, with ε the sensitivity over the
// scale: half the mass at ε, e^-ε/2 at -ε, density e^{(l-ε)/2}/4 between.
type exponential struct{ epsilon float64 }

func (l exponential) limit() float64    { return l.epsilon }
func (l exponential) order() [3]float64 { return [3]float64{2, l.epsilon} }

func (l exponential) logMoment(t float64) float64 {
	fall := -(2*t + 1) * l.epsilon
	return t*l.epsilon + math.Log(0.5+0.5*math.Exp(fall)-math.Expm1(fall)/(4*t+2))
}

// composed rounds the density to a lattice on which ±ε lie, so that the two
// atoms, which have nearly all the mass when ε is small, stay exact. A step of
// ε/64 adds 3e-6 of the variance at ε = 0.1, less below.
func (l exponential) composed(n int, t float64, to side, by *convolver) pld {
	room := int(window / (wide * math.Sqrt(float64(n)))) // what n-fold convolution can hold
	steps := min(max(int(math.Ceil(l.epsilon/1e-3)), 64), 8192, max(room, 16))
	h := l.epsilon / float64(steps)
	q := make([]float64, 2*steps+1)
	// Mass m at -h·(steps-j) has tilted weight m·e^{t(loss-ε)}; logM makes up.
	weight := func(mass, loss float64) float64 { return mass * math.Exp(t*(loss-l.epsilon)) }
	// Of a cell [l, l+h] with chance e^{(l-ε)/2}(e^{h/2}-1)/2, connecting the dots
	// gives each end the same share of e^{(end-ε)/2}.
	share := -math.Expm1(-h/2) * math.Expm1(-h/2) / math.Expm1(-h) / 2
	for i := range q {
		loss := h * float64(i-steps)
		density := math.Exp((loss - l.epsilon) / 2)
		switch last := 2 * steps; {
		case to == below && i < last:
			q[i] = weight(density*math.Expm1(h/2)/2, loss)
		case to == above && i > 0 && i < last:
			q[i] = weight(2*share*density, loss)
		case to == above:
			q[i] = weight(share*density, loss)
		}
	}
	q[0] += weight(0.5*math.Exp(-l.epsilon), -l.epsilon)
	q[2*steps] += 0.5
	p := pld{h: h, base: -l.epsilon, q: q, logM: t * l.epsilon}
	p.normalise()
	return by.power(p, n)
}

func sum(q []float64) float64 {
	s := 0.0
	for _, x := range q {
		s += x
	}
	return s
}
