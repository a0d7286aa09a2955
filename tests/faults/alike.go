package main

import (
	"slices"

	"github.com/anishathalye/porcupine"
)

// Of two operations that are alike, where one begins and ends before the other does, any order that puts
// the later first explains as much with the two exchanged: so the later may wait for its turn. A queue is
// of operations that are alike, each of which begins and ends no earlier than the one before it.

// An operation and its place in a queue.
type queued struct {
	operation    any
	queue, place int
}

// A state of the model, and how many of each queue have had their turn.
type queueState struct {
	state any
	taken []int
}

// The same operations in queues, and a model that keeps to these. `alike` names what an operation asks for
// and was told, as far as the model looks at it.
func inQueues(operations []porcupine.Operation, model porcupine.Model, alike func(line) string) ([]porcupine.Operation, porcupine.Model) {
	sorted := slices.Clone(operations)
	slices.SortStableFunc(sorted, func(one, other porcupine.Operation) int {
		return int(min(max(one.Call-other.Call, -1), 1))
	})
	type queue struct {
		kind    string
		end     int64
		waiting int
	}
	var queues []queue
	for i := range sorted {
		kind, end := alike(sorted[i].Input.(line)), sorted[i].Return
		best := -1
		for number, each := range queues {
			if each.kind == kind && each.end <= end && (best < 0 || each.end > queues[best].end) {
				best = number
			}
		}
		if best < 0 {
			best = len(queues)
			queues = append(queues, queue{kind: kind})
		}
		sorted[i].Input = queued{sorted[i].Input, best, queues[best].waiting}
		queues[best].end = end
		queues[best].waiting++
	}
	return sorted, porcupine.Model{
		Init: func() any { return queueState{model.Init(), make([]int, len(queues))} },
		Step: func(state, input, output any) (bool, any) {
			before, next := state.(queueState), input.(queued)
			if before.taken[next.queue] != next.place {
				return false, state
			}
			good, after := model.Step(before.state, next.operation, output)
			if !good {
				return false, state
			}
			taken := slices.Clone(before.taken)
			taken[next.queue]++
			return true, queueState{after, taken}
		},
		// Who had their turn follows from what was done so far, which porcupine compares itself.
		Equal: func(one, other any) bool { return model.Equal(one.(queueState).state, other.(queueState).state) },
	}
}
