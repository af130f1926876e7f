"""CSS selectors of elements that Streamlit creates. Only `st-key-NAME` is public; the others may change.

A test opens pages in a browser and looks for every one of them.
"""

from string import Template

ELEMENTS = {
    # the frame of the page
    "App": "[data-testid=stApp]",  # its attributes say whether it is connected and whether a script runs
    "AppViewContainer": "[data-testid=stAppViewContainer]",  # as high as the window; printing must undo that
    "Header": "[data-testid=stHeader]",  # covers the page's own head, and has to let clicks through
    "Sidebar": "[data-testid=stSidebar]",  # is not printed
    "SidebarHeader": "[data-testid=stSidebarHeader]",  # is higher than its button requires
    "SidebarNav": "[data-testid=stSidebarNav]",  # has needless padding above it
    "ExpandSidebarButton": "[data-testid=stExpandSidebarButton]",  # covers the start of the page's head
    "Main": "[data-testid=stMain]",  # the scrolling element
    "MainBlockContainer": "[data-testid=stMainBlockContainer]",  # its margins take a tenth of the screen
    "ToastContainer": "[data-testid=stToastContainer]",  # covers Link and Reset by default
    # containers, whose height pictures share
    "VerticalBlock": "[data-testid=stVerticalBlock]",
    "HorizontalBlock": "[data-testid=stHorizontalBlock]",
    "Column": "[data-testid=stColumn]",
    "LayoutWrapper": "[data-testid=stLayoutWrapper]",
    "ElementContainer": "[data-testid=stElementContainer]",
    # widgets whose labels stand left of them in a row of controls, and that have a certain width there
    "WidgetLabel": "[data-testid=stWidgetLabel]",
    "Selectbox": "[data-testid=stSelectbox]",
    "MultiSelect": "[data-testid=stMultiSelect]",
    "NumberInput": "[data-testid=stNumberInput]",
    "NumberInputContainer": "[data-testid=stNumberInputContainer]",
    "ButtonGroup": "[data-testid=stButtonGroup]",
    # fields with English hints of Streamlit, which our translations replace
    "TextInput": "[data-testid=stTextInput]",
    "TextArea": "[data-testid=stTextArea]",
    "FieldHint": "[data-testid=InputInstructions]",
    "FileUploaderDropzone": "[data-testid=stFileUploaderDropzone]",
    "FileUploaderInstructions": "[data-testid=stFileUploaderDropzoneInstructions]",
    # elements that are smaller on the first screen, or not printed
    "MarkdownContainer": "[data-testid=stMarkdownContainer]",  # text of Link and Reset, which show only icons
    "AlertContainer": "[data-testid=stAlertContainer]",
    "Code": "[data-testid=stCode]",
    "PlotlyChart": "[data-testid=stPlotlyChart]",
    "Button": "[data-testid=stButton]",
    "DownloadButton": "[data-testid=stDownloadButton]",
    "Popover": "[data-testid=stPopover]",
    "FileUploader": "[data-testid=stFileUploader]",
    "ElementToolbar": "[data-testid=stElementToolbar]",
    "ClosedExpander": "details:not([open])",  # is opened by a link to a place inside it
    "ExpanderTitle": "details > summary",
}
"""Selectors by name, which style sheets write as `$Name`."""

CONNECTION_STATE = "testConnectionState"
"""The key in `dataset` of `App` for the state of the connection, which is "CONNECTED" or something else."""

SCRIPT_STATE = "testScriptState"
"""The key in `dataset` of `App` for the state of the script, which is "notRunning" or something else."""

FIELDS = ", ".join(
    (
        f"{ELEMENTS['TextInput']} input",
        f"{ELEMENTS['TextArea']} textarea",
        f"{ELEMENTS['NumberInput']} input",
    )
)
"""The fields whose text is sent when they lose focus, each inside the `st-key-NAME` of its widget."""


def styled(sheet: str) -> str:
    """A style sheet, or a part of one, with each `$Name` replaced by its selector.

    Raises KeyError for an unknown name.
    """
    return Template(sheet).substitute(ELEMENTS)
