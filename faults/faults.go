package main

import "slices"

// The rooms and tests that catch most.
const (
	heart   = "reconciler"
	stories = "TestStories"
	decide  = "TestDecide"
	rules   = "TestClassify"

	// Some of the stories: all of them take their time.
	besidePartition = "TestStories/partition"
	broughtDown     = "TestStories/brought_down|never_completed"
	deleted         = "TestStories/delete"
)

// faults are all that are planted, by the room that they are planted in.
var faults = slices.Concat(
	heartFaults,
	clusterFaults,
	languageFaults,
	wordsFaults,
	loopFaults,
	githubFaults,
	gitFaults,
	alignFaults,
	docsFaults,
)
