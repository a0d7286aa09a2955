package main

import (
	"fmt"

	"github.com/anishathalye/porcupine"
)

func rewardOf(l line) string {
	switch l.Operation {
	case "fulfil": // what is handed out has left the stock before
		return ""
	default:
		return l.Arguments.Reward
	}
}

// By how much a done operation changes what is in stock.
func stockDelta(l line) int64 {
	switch l.Operation {
	case "redeem":
		return -1
	case "cancel":
		return 1
	case "move_stock":
		return l.Arguments.Delta
	default: // "stock" changes nothing
		return 0
	}
}

// Whose points it took makes no difference to the stock.
func ofStock(l line) string {
	if l.unknown() {
		return fmt.Sprintf("%d unknown", stockDelta(l))
	}
	if l.Outcome.Inventory != nil {
		return fmt.Sprintf("%d %s %d", stockDelta(l), l.Outcome.Code, *l.Outcome.Inventory)
	}
	return fmt.Sprintf("%d %s", stockDelta(l), l.Outcome.Code)
}

// The state is how many units are in stock.
var rewardModel = porcupine.Model{
	Init: func() any { return int64(0) },
	Step: func(state, input, _ any) (bool, any) {
		before, l := state.(int64), input.(line)
		after := before + stockDelta(l)
		switch {
		case l.unknown() && after < 0:
			return true, before
		case l.unknown():
			return true, after
		case l.is("done"):
			return after >= 0 && told(l.Outcome.Inventory, after), after
		case l.is("out_of_stock"):
			return after < 0, before
		case l.is("insufficient_points"): // stock is looked at first
			return before > 0, before
		default:
			return true, before
		}
	},
	Equal: func(one, other any) bool { return one.(int64) == other.(int64) },
}
