package main

import (
	"maps"

	"github.com/anishathalye/porcupine"
)

// 10 points a renewable kWh of 10^6 mWh, rounded down over all that a member ever recorded.
const pointsPerKwh, mwhPerKwh = 10, 1_000_000

type reading struct {
	asOf string
	mwh  int64
}

// Of two values of one reading the later made stands, of two made at once the smaller.
func (r reading) yieldsTo(other reading) bool {
	return other.asOf > r.asOf || other.asOf == r.asOf && other.mwh < r.mwh
}

// What a member has: readings, and points that did not come from them. One of balance and owed is 0, so
// one number tells both.
type member struct {
	other    int64
	mwh      int64
	readings map[string]reading // never changed in place
}

func (m member) net() int64 { return m.other + m.mwh*pointsPerKwh/mwhPerKwh }

func (m member) balance() int64 { return max(m.net(), 0) }

func (m member) owed() int64 { return max(-m.net(), 0) }

func (m member) with(points int64) member {
	m.other += points
	return m
}

func (m member) record(a arguments) member {
	value := reading{a.AsOf, a.Mwh}
	before, there := m.readings[a.Slot]
	if there && !before.yieldsTo(value) {
		return m
	}
	m.readings = maps.Clone(m.readings)
	if m.readings == nil {
		m.readings = map[string]reading{}
	}
	m.readings[a.Slot] = value
	if a.Earns {
		m.mwh += value.mwh - before.mwh
	}
	return m
}

// What a done operation leaves, and whether it could be done.
func (m member) after(operation string, a arguments) (member, bool) {
	switch operation {
	case "redeem":
		return m.with(-a.Points), m.balance() >= a.Points
	case "cancel":
		return m.with(a.Points), true
	case "adjust":
		return m.with(a.Points), m.balance()+a.Points >= 0
	case "write_off":
		return m.with(a.Points), m.owed() >= a.Points
	case "record":
		return m.record(a), true
	default: // "fulfil" and "balance" change nothing
		return m, true
	}
}

func told(number *int64, is int64) bool { return number == nil || *number == is }

func memberOf(l line) string { return l.Arguments.Member }

var memberModel = porcupine.Model{
	Init: func() any { return member{} },
	Step: func(state, input, _ any) (bool, any) {
		before, l := state.(member), input.(line)
		after, possible := before.after(l.Operation, l.Arguments)
		switch {
		case l.unknown():
			if possible {
				return true, after
			}
			return true, before
		case l.is("done"):
			return possible && told(l.Outcome.Balance, after.balance()) && told(l.Outcome.Owed, after.owed()), after
		case l.is("insufficient_points"), l.is("limit_exceeded"):
			return !possible, before
		default:
			return true, before
		}
	},
	Equal: func(one, other any) bool {
		a, b := one.(member), other.(member)
		return a.other == b.other && a.mwh == b.mwh && maps.Equal(a.readings, b.readings)
	},
}
