// Asks a server at a rate, however fast it answers: what does not wait for answers hides no delay.
//
//	open_loop URL KIND SESSIONS ROUND FIRST_HOUR RATE SECONDS
//
// KIND is redemptions or usage; SESSIONS, ROUND, FIRST_HOUR and the environment (REWARDS, USAGE_TOKEN) are those of
// load.lua. Each request has its moment, and how long it took is counted from there, not from when it was sent. The
// last line is JSON: what was asked for, what was answered with success, what was dropped (not sent within late_max
// of its moment, for all connections waited), what was refused (any other answer, or none).
package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"
)

const (
	connectionsMax = 512 // the server takes 1,024, those that wrk has just left among them
	lateMax        = 100 * time.Millisecond
	answersMax     = 60 * time.Second
)

type member struct{ user, session string }

type load struct {
	url, kind, round string
	firstHour        uint64
	members          []member
	rewards          []string
	usageToken       string
	next             atomic.Uint64
}

func (l *load) redemption(to *vegeta.Target, number uint64) {
	to.URL = l.url + "api/v1/users/me/redemptions"
	to.Body = fmt.Appendf(nil, `{"reward_id":"%s"}`, l.rewards[number%uint64(len(l.rewards))])
	to.Header.Set("Authorization", "Bearer "+l.members[number%uint64(len(l.members))].session)
	to.Header.Set("Idempotency-Key", l.round+strconv.FormatUint(number, 10))
}

func (l *load) reading(to *vegeta.Target, number uint64) {
	hour := l.firstHour + number/uint64(len(l.members))
	start := time.Unix(int64(hour)*3600, 0).UTC().Format(time.RFC3339)
	to.URL = l.url + "api/v1/users/" + l.members[number%uint64(len(l.members))].user + "/usage"
	to.Body = fmt.Appendf(nil, `{"start":"%s","duration":3600,"energy_consumed":0.5,"energy_type":"Renewable"}`, start)
	to.Header.Set("Authorization", "Bearer "+l.usageToken)
}

func (l *load) target(to *vegeta.Target) error {
	to.Method = http.MethodPost
	to.Header = http.Header{"Content-Type": {"application/json"}}
	number := l.next.Add(1) - 1
	if l.kind == "usage" {
		l.reading(to, number)
	} else {
		l.redemption(to, number)
	}
	return nil
}

// So many requests, each at its moment.
type pace struct{ rate, asked uint64 }

func (p pace) moment(number uint64) time.Duration {
	return time.Duration(number) * time.Second / time.Duration(p.rate)
}

func (p pace) Pace(elapsed time.Duration, sent uint64) (wait time.Duration, stop bool) {
	return p.moment(sent) - elapsed, sent >= p.asked
}

func (p pace) Rate(time.Duration) float64 { return float64(p.rate) }

type figures struct {
	Asked   uint64  `json:"asked"`
	Seconds float64 `json:"seconds"` // until the last answer
	Done    int     `json:"done"`
	Dropped uint64  `json:"dropped"`
	Refused int     `json:"refused"`
	P50     float64 `json:"p50_ms"`
	P99     float64 `json:"p99_ms"`
	Why     string  `json:"why"` // the first refusal
}

func percentile(sorted []time.Duration, percent int) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return float64(sorted[(len(sorted)-1)*percent/100]) / float64(time.Millisecond)
}

func attack(target vegeta.Targeter, rate, seconds uint64) figures {
	pacer := pace{rate, rate * seconds}
	told := figures{Asked: pacer.asked}
	attacker := vegeta.NewAttacker(vegeta.Workers(64), vegeta.MaxWorkers(connectionsMax),
		vegeta.Connections(connectionsMax), vegeta.Timeout(answersMax))
	var sentInTime uint64
	took := make([]time.Duration, 0, told.Asked)
	began := time.Now()
	for result := range attacker.Attack(target, pacer, time.Duration(seconds)*time.Second, "") {
		moment := began.Add(pacer.moment(result.Seq))
		if result.Timestamp.Sub(moment) <= lateMax {
			sentInTime++
		}
		if result.Code < 200 || result.Code > 299 {
			if told.Refused == 0 {
				told.Why = fmt.Sprintf("%d %s %s", result.Code, result.Error, result.Body)
			}
			told.Refused++
			continue
		}
		took = append(took, result.End().Sub(moment))
	}
	told.Seconds = time.Since(began).Seconds()
	told.Done, told.Dropped = len(took), told.Asked-sentInTime
	slices.Sort(took)
	told.P50, told.P99 = percentile(took, 50), percentile(took, 99)
	return told
}

func number(word string) uint64 {
	value, err := strconv.ParseUint(word, 10, 63)
	if err != nil || value == 0 {
		giveUp(word + " is no number from 1")
	}
	return value
}

func giveUp(why string) {
	fmt.Fprintln(os.Stderr, "open_loop: "+why)
	os.Exit(2)
}

func readMembers(path string) []member {
	text, err := os.ReadFile(path)
	if err != nil {
		giveUp(err.Error())
	}
	var members []member
	for line := range strings.Lines(string(text)) {
		words := strings.Fields(line)
		if len(words) != 2 {
			giveUp(path + ": a line is no user and session")
		}
		members = append(members, member{words[0], words[1]})
	}
	return members
}

func main() {
	if len(os.Args) != 8 || (os.Args[2] != "redemptions" && os.Args[2] != "usage") {
		giveUp("usage: open_loop URL redemptions|usage SESSIONS ROUND FIRST_HOUR RATE SECONDS")
	}
	asked := load{url: os.Args[1], kind: os.Args[2], members: readMembers(os.Args[3]), round: os.Args[4],
		firstHour: number(os.Args[5]), rewards: strings.Fields(os.Getenv("REWARDS")), usageToken: os.Getenv("USAGE_TOKEN")}
	if len(asked.members) == 0 || len(asked.rewards) == 0 {
		giveUp("there are no members or no rewards")
	}
	told := attack(asked.target, number(os.Args[6]), number(os.Args[7]))
	line, err := json.Marshal(told)
	if err != nil {
		giveUp(err.Error())
	}
	fmt.Println(string(line))
}
