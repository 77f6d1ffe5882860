"""The other door: worker, loop, timetable and one thin function a job."""
