// Holds histories to linearizability: each operation seems to have happened at one moment between its
// start and its end, and those moments explain every answer.
//
//	check_history FILE...    exits 1 and names the member or reward whose history no order explains
//
// A history is JSON lines, as journal.py writes them. An operation without an outcome has no end: it may
// have happened at any time, or never. The rules stand in member.go and reward.go, and share no code with
// the program.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"time"

	"github.com/anishathalye/porcupine"
)

const (
	lineMaxBytes = 1 << 20
	patience     = 120 * time.Second // for one member or reward
)

type arguments struct {
	Member string `json:"member"`
	Reward string `json:"reward"`
	Points int64  `json:"points"` // a price, or what is given or taken
	Delta  int64  `json:"delta"`  // units put in stock or taken out
	Slot   string `json:"slot"`   // which reading: its start and energy type
	Earns  bool   `json:"earns"`  // whether its energy is paid for
	AsOf   string `json:"as_of"`
	Mwh    int64  `json:"mwh"`
}

// What was told; a number is there only if it was.
type outcome struct {
	Code      string `json:"code"` // "done", or why it was refused
	Balance   *int64 `json:"balance"`
	Owed      *int64 `json:"owed"`
	Inventory *int64 `json:"inventory"`
}

type line struct {
	Process   int       `json:"process"`
	Operation string    `json:"operation"`
	Arguments arguments `json:"arguments"`
	Start     int64     `json:"start"`
	End       *int64    `json:"end"`
	Outcome   *outcome  `json:"outcome"`
}

func (l line) is(code string) bool { return l.Outcome != nil && l.Outcome.Code == code }

func (l line) unknown() bool { return l.Outcome == nil }

func readHistory(path string) ([]line, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var history []line
	scanner := bufio.NewScanner(file)
	scanner.Buffer(nil, lineMaxBytes)
	for scanner.Scan() {
		var read line
		if err := json.Unmarshal(scanner.Bytes(), &read); err != nil {
			return nil, fmt.Errorf("line %d: %w", len(history)+1, err)
		}
		history = append(history, read)
	}
	return history, scanner.Err()
}

// The operations on each object that `object` names; "" is none.
func split(history []line, object func(line) string) map[string][]porcupine.Operation {
	parts := map[string][]porcupine.Operation{}
	for _, each := range history {
		name := object(each)
		if name == "" {
			continue
		}
		end := int64(math.MaxInt64)
		if each.End != nil && !each.unknown() {
			end = *each.End
		}
		parts[name] = append(parts[name], porcupine.Operation{
			ClientId: each.Process, Input: each, Output: each, Call: each.Start, Return: end})
	}
	return parts
}

// Whether every part has an order that explains it; says which has none. `alike` is nil where no two are.
func hold(kind string, parts map[string][]porcupine.Operation, model porcupine.Model, alike func(line) string) bool {
	good := true
	for name, operations := range parts {
		rules := model
		if alike != nil {
			operations, rules = inQueues(operations, model, alike)
		}
		switch porcupine.CheckOperationsTimeout(rules, operations, patience) {
		case porcupine.Illegal:
			fmt.Printf("check_history: no order explains the %d operations of %s %s\n", len(operations), kind, name)
			good = false
		case porcupine.Unknown:
			fmt.Printf("check_history: %s %s: no order of its %d operations was found within %s\n",
				kind, name, len(operations), patience)
			good = false
		case porcupine.Ok:
		}
	}
	return good
}

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: check_history FILE...")
		os.Exit(2)
	}
	good := true
	for _, path := range os.Args[1:] {
		history, err := readHistory(path)
		if err != nil || len(history) == 0 {
			fmt.Printf("check_history: %s: no history can be read (%v)\n", path, err)
			os.Exit(1)
		}
		members, rewards := split(history, memberOf), split(history, rewardOf)
		good = hold("member", members, memberModel, nil) && good
		good = hold("reward", rewards, rewardModel, ofStock) && good
		fmt.Printf("check_history: %d operations on %d members and %d rewards\n",
			len(history), len(members), len(rewards))
	}
	if !good {
		os.Exit(1)
	}
}
